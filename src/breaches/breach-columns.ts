import { outcomeWords, promiseWords, rungWords } from '../wording/domain-words.ts'
import { toShanghaiTime } from '../wording/shanghai-time.ts'
import type { Language, Wording } from '../wording/wording.ts'
import type { Breach, BreachStatus } from './breach-view.ts'

/** A field of a file: text, or a number, or nothing. */
export type Cell = string | number | null

/** A column of the report as a file. English files carry the words of the API; Chinese ones those of the street. */
interface BreachColumn {
  readonly title: Wording
  readonly cell: (breach: Breach, language: Language) => Cell
}

const partyWords = { area: '辖区', unit: '单位' } as const satisfies Record<
  Breach['accountable']['kind'],
  string
>

const statusWords = {
  open: '仍未兑现',
  fulfilled: '逾期兑现',
  ended: '事件已了结',
} as const satisfies Record<BreachStatus, string>

const time = (at: number | null): string | null => (at === null ? null : toShanghaiTime(at))

/** The columns of the report as a file. They hold what the JSON holds; new ones come last, for programs that count them. */
export const breachColumns: readonly BreachColumn[] = [
  { title: { zh: '事件编号', en: 'number' }, cell: (breach) => breach.number },
  {
    title: { zh: '辖区路径代码', en: 'areaPathCodes' },
    cell: ({ areaPath }) => areaPath.map(({ code }) => code).join('/'),
  },
  {
    title: { zh: '辖区路径', en: 'areaPathNames' },
    cell: ({ areaPath }) => areaPath.map(({ name }) => name).join('/'),
  },
  { title: { zh: '事项代码', en: 'categoryCode' }, cell: ({ category }) => category.code },
  {
    title: { zh: '事项', en: 'category' },
    cell: ({ category }, language) => (language === 'zh' ? category.nameZh : category.nameEn),
  },
  {
    title: { zh: '承诺', en: 'promise' },
    cell: ({ promise }, language) => (language === 'zh' ? promiseWords[promise].zh : promise),
  },
  {
    title: { zh: '层级', en: 'rung' },
    cell: ({ rung }, language) => (language === 'zh' ? rungWords[rung].zh : rung),
  },
  {
    title: { zh: '责任方类型', en: 'accountableKind' },
    cell: ({ accountable }, language) =>
      language === 'zh' ? partyWords[accountable.kind] : accountable.kind,
  },
  { title: { zh: '责任方代码', en: 'accountableCode' }, cell: ({ accountable }) => accountable.code },
  { title: { zh: '责任方', en: 'accountableName' }, cell: ({ accountable }) => accountable.name },
  { title: { zh: '起算时间', en: 'startedAt' }, cell: ({ startedAt }) => time(startedAt) },
  { title: { zh: '到期时间', en: 'dueAt' }, cell: ({ dueAt }) => time(dueAt) },
  { title: { zh: '发现时间', en: 'detectedAt' }, cell: ({ detectedAt }) => time(detectedAt) },
  { title: { zh: '发现延迟（毫秒）', en: 'lagMs' }, cell: ({ lagMs }) => lagMs },
  { title: { zh: '兑现时间', en: 'fulfilledAt' }, cell: ({ fulfilledAt }) => time(fulfilledAt) },
  { title: { zh: '逾期时长（毫秒）', en: 'latenessMs' }, cell: ({ latenessMs }) => latenessMs },
  {
    title: { zh: '状态', en: 'status' },
    cell: ({ status }, language) => (language === 'zh' ? statusWords[status] : status),
  },
  {
    title: { zh: '升级结果', en: 'outcome' },
    cell: ({ outcome }, language) => (language === 'zh' ? outcomeWords[outcome].zh : outcome),
  },
  { title: { zh: '时限规则', en: 'policyCode' }, cell: ({ policy }) => policy.code },
  { title: { zh: '规则版本', en: 'policyVersion' }, cell: ({ policy }) => policy.version },
  { title: { zh: '规则版本标识', en: 'policyId' }, cell: ({ policy }) => policy.id },
  {
    title: { zh: '按时到达的请求', en: 'requestInTimeAt' },
    cell: ({ requestInTimeAt }) => time(requestInTimeAt),
  },
  { title: { zh: '自述兑现时间', en: 'claimedAt' }, cell: ({ claimedAt }) => time(claimedAt) },
  { title: { zh: '事件标识', en: 'incidentId' }, cell: ({ incidentId }) => incidentId },
  { title: { zh: '时限序号', en: 'deadlineNo' }, cell: ({ deadlineNo }) => deadlineNo },
  { title: { zh: '审计流', en: 'eventStream' }, cell: ({ event }) => event.stream },
  { title: { zh: '审计序号', en: 'eventSeq' }, cell: ({ event }) => event.seq },
  { title: { zh: '审计哈希', en: 'eventHash' }, cell: ({ event }) => event.hash },
  { title: { zh: '顺延时长（毫秒）', en: 'prolongedMs' }, cell: ({ prolongedMs }) => prolongedMs },
  {
    title: { zh: '时钟故障', en: 'clockFault' },
    cell: ({ clockFault }, language) => (language === 'zh' ? (clockFault ? '有' : '无') : String(clockFault)),
  },
]
