import type { Role } from '../domain/actor.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import type { Language, Wording } from '../http/wording.ts'

/** The words of domain.md as people read them. */

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

export const roleWords = {
  resident: { zh: '居民', en: 'resident' },
  grid_worker: { zh: '网格员', en: 'grid worker' },
  dispatcher: { zh: '调度员', en: 'dispatcher' },
  responder: { zh: '处置人员', en: 'responder' },
  auditor: { zh: '督查员', en: 'auditor' },
  administrator: { zh: '管理员', en: 'administrator' },
} as const satisfies Record<Role, Wording>

// Swedish writes dates as ISO 8601 does.
const shanghai = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
})

/**
 * An instant as it is read in China by someone who reads about another one: 15:30 on the same day, else with its date;
 * with seconds where it has any.
 */
export function readAs(at: Instant, beside: Instant): string {
  const [day = '', time = ''] = shanghai.format(at).split(' ')
  const sameDay = shanghai.format(beside).startsWith(day)
  const clock = time.endsWith(':00') ? time.slice(0, 5) : time
  return sameDay ? clock : `${day} ${clock}`
}

/** Words in a row: 上报、反馈 or "report, feedback". */
export function listed(words: readonly Wording[], language: Language): string {
  return words.map((word) => word[language]).join(language === 'zh' ? '、' : ', ')
}
