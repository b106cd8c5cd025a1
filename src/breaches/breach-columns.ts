import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import type { Language, Wording } from '../http/wording.ts'
import type { Breach, BreachStatus } from './breach-view.ts'
import { toShanghaiTime } from './shanghai-time.ts'

/** A field of a file: text, or a number, or nothing. */
export type Cell = string | number | null

/** A column of the report as a file. English files carry the words of the API; Chinese ones those of the street. */
interface BreachColumn {
  readonly title: Wording
  readonly cell: (breach: Breach, language: Language) => Cell
}

const promises = {
  report: { zh: '上报', en: 'report' },
  feedback: { zh: '反馈', en: 'feedback' },
  on_site: { zh: '到场', en: 'on_site' },
} as const satisfies Record<PromiseKind, Wording>

const rungs = {
  grid: { zh: '网格', en: 'grid' },
  community: { zh: '社区', en: 'community' },
  street: { zh: '街道', en: 'street' },
  district: { zh: '区', en: 'district' },
  city: { zh: '市', en: 'city' },
  unit: { zh: '单位', en: 'unit' },
} as const satisfies Record<Rung, Wording>

const parties = {
  area: { zh: '辖区', en: 'area' },
  unit: { zh: '单位', en: 'unit' },
} as const satisfies Record<Breach['accountable']['kind'], Wording>

const statuses = {
  open: { zh: '仍未兑现', en: 'open' },
  fulfilled: { zh: '逾期兑现', en: 'fulfilled' },
  ended: { zh: '事件已了结', en: 'ended' },
} as const satisfies Record<BreachStatus, Wording>

const outcomes = {
  escalated: { zh: '已升级', en: 'escalated' },
  exhausted: { zh: '已到顶级', en: 'exhausted' },
  carried: { zh: '由事件自身升级承接', en: 'carried' },
} as const satisfies Record<BreachOutcome, Wording>

const time = (at: number | null): string | null => (at === null ? null : toShanghaiTime(at))

/** The columns of the report as a file, in order. They hold what the JSON holds. */
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
  { title: { zh: '承诺', en: 'promise' }, cell: ({ promise }, language) => promises[promise][language] },
  { title: { zh: '层级', en: 'rung' }, cell: ({ rung }, language) => rungs[rung][language] },
  {
    title: { zh: '责任方类型', en: 'accountableKind' },
    cell: ({ accountable }, language) => parties[accountable.kind][language],
  },
  { title: { zh: '责任方代码', en: 'accountableCode' }, cell: ({ accountable }) => accountable.code },
  { title: { zh: '责任方', en: 'accountableName' }, cell: ({ accountable }) => accountable.name },
  { title: { zh: '起算时间', en: 'startedAt' }, cell: ({ startedAt }) => time(startedAt) },
  { title: { zh: '到期时间', en: 'dueAt' }, cell: ({ dueAt }) => time(dueAt) },
  { title: { zh: '发现时间', en: 'detectedAt' }, cell: ({ detectedAt }) => time(detectedAt) },
  { title: { zh: '发现延迟（毫秒）', en: 'lagMs' }, cell: ({ lagMs }) => lagMs },
  { title: { zh: '兑现时间', en: 'fulfilledAt' }, cell: ({ fulfilledAt }) => time(fulfilledAt) },
  { title: { zh: '逾期时长（毫秒）', en: 'latenessMs' }, cell: ({ latenessMs }) => latenessMs },
  { title: { zh: '状态', en: 'status' }, cell: ({ status }, language) => statuses[status][language] },
  { title: { zh: '升级结果', en: 'outcome' }, cell: ({ outcome }, language) => outcomes[outcome][language] },
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
]
