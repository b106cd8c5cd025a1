import type { Role } from '../domain/actor.ts'
import type { AssignmentPart } from '../domain/assignment.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import { unitKinds } from '../domain/unit.ts'
import { bilingual, type Language, type Wording } from './wording.ts'

/** The words of the domain (docs/domain.md, Words) as people read them: in the board's sentences, in notices, in files. */

export const promiseWords = {
  report: { zh: '上报', en: 'report' },
  feedback: { zh: '反馈', en: 'feedback' },
  on_site: { zh: '到场', en: 'on-site' },
} as const satisfies Record<PromiseKind, Wording>

export const rungWords = {
  grid: { zh: '网格', en: 'grid' },
  community: { zh: '社区', en: 'community' },
  street: { zh: '街道', en: 'street' },
  district: { zh: '区', en: 'district' },
  city: { zh: '市', en: 'city' },
  unit: { zh: '单位', en: 'unit' },
} as const satisfies Record<Rung, Wording>

export const outcomeWords = {
  escalated: { zh: '已升级', en: 'escalated' },
  exhausted: { zh: '已到顶', en: 'exhausted' },
  carried: { zh: '由事件自身的时限逐级升级', en: "carried by the incident's own climb" },
} as const satisfies Record<BreachOutcome, Wording>

export const roleWords = {
  resident: { zh: '居民', en: 'resident' },
  grid_worker: { zh: '网格员', en: 'grid worker' },
  building_leader: { zh: '楼栋长', en: 'building leader' },
  dispatcher: { zh: '调度员', en: 'dispatcher' },
  responder: { zh: '处置人员', en: 'responder' },
  auditor: { zh: '督查员', en: 'auditor' },
  administrator: { zh: '管理员', en: 'administrator' },
} as const satisfies Record<Role, Wording>

export const partWords = {
  lead: { zh: '主办', en: 'lead' },
  support: { zh: '协办', en: 'support' },
} as const satisfies Record<AssignmentPart, Wording>

/** Words in a row: 上报、反馈 or "report, feedback". */
export function listed(words: readonly Wording[], language: Language): string {
  return words.map((word) => word[language]).join(language === 'zh' ? '、' : ', ')
}

/** What is said where something else stands for a kind of unit. */
export const unknownUnitKind = bilingual(
  `单位类型须为 ${unitKinds.join('、')} 之一`,
  `The kind of unit must be one of ${unitKinds.join(', ')}`,
)
