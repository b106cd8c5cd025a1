import type { Wording } from '../wording/wording.ts'

/**
 * The columns of the report as a file, which hold what the JSON holds; breach-lines.ts writes them in this order. New ones
 * come last, for programs that count them.
 */
export const breachTitles: readonly Wording[] = [
  { zh: '事件编号', en: 'number' },
  { zh: '辖区路径代码', en: 'areaPathCodes' },
  { zh: '辖区路径', en: 'areaPathNames' },
  { zh: '事项代码', en: 'categoryCode' },
  { zh: '事项', en: 'category' },
  { zh: '承诺', en: 'promise' },
  { zh: '层级', en: 'rung' },
  { zh: '责任方类型', en: 'accountableKind' },
  { zh: '责任方代码', en: 'accountableCode' },
  { zh: '责任方', en: 'accountableName' },
  { zh: '起算时间', en: 'startedAt' },
  { zh: '到期时间', en: 'dueAt' },
  { zh: '发现时间', en: 'detectedAt' },
  { zh: '发现延迟（毫秒）', en: 'lagMs' },
  { zh: '兑现时间', en: 'fulfilledAt' },
  { zh: '逾期时长（毫秒）', en: 'latenessMs' },
  { zh: '状态', en: 'status' },
  { zh: '升级结果', en: 'outcome' },
  { zh: '时限规则', en: 'policyCode' },
  { zh: '规则版本', en: 'policyVersion' },
  { zh: '规则版本标识', en: 'policyId' },
  { zh: '请求按时到达时间', en: 'requestInTimeAt' },
  { zh: '自述兑现时间', en: 'claimedAt' },
  { zh: '事件标识', en: 'incidentId' },
  { zh: '时限序号', en: 'deadlineNo' },
  { zh: '审计链', en: 'eventStream' },
  { zh: '审计序号', en: 'eventSeq' },
  { zh: '审计哈希', en: 'eventHash' },
  { zh: '顺延时长（毫秒）', en: 'prolongedMs' },
  { zh: '时钟异常', en: 'clockFault' },
  { zh: '挂账时长（毫秒）', en: 'pausedMs' },
  { zh: '延期时长（毫秒）', en: 'extendedMs' },
  { zh: '督办次数', en: 'urges' },
  { zh: '移交接手', en: 'handedOver' },
]
