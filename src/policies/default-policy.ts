import type { UnitKind } from '../domain/unit.ts'
import type { PolicyFields } from './policy-fields.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const everyRung = (limitMs: number) => ({ community: limitMs, street: limitMs, district: limitMs })

/** Whom a community can call: its own people (社区吹哨、党员报到). */
const neighbours: UnitKind[] = ['party_member_unit', 'volunteer_team', 'property_company']
/** Whom a street and everybody above can call, too (街道吹哨、部门报到). */
const everybody: UnitKind[] = ['department', ...neighbours, 'emergency_team']

/** What a policy says beside its limits, unless it says something else. */
export const ordinaryRules = {
  whistles: {
    grid: neighbours,
    community: neighbours,
    street: everybody,
    district: everybody,
    city: everybody,
  },
  settledBy: ['grid', 'community', 'street', 'district', 'city'],
  returnsMax: 1,
  pauseMaxMs: 30 * dayMs,
  extensionMaxMs: 7 * dayMs,
  reliefsMax: 10,
  ratingTimeMs: 3 * dayMs,
  reopeningsMax: 3,
  duplicateRadiusM: 200,
  duplicateTimeMs: dayMs,
} satisfies Partial<PolicyFields>

/** The 8-1-10 rule (domain.md): 10 分钟上报、1 小时反馈、8 小时到场, from the community to the district. */
export const defaultPolicy: PolicyFields = {
  code: 'default',
  areaCode: null,
  categoryCode: null,
  severity: null,
  enabled: true,
  ladder: ['community', 'street', 'district'],
  limitsMs: {
    report: everyRung(10 * minuteMs),
    feedback: everyRung(hourMs),
    on_site: everyRung(8 * hourMs),
  },
  unitLimitMs: 8 * hourMs,
  unitMinimumMs: 30 * minuteMs,
  arrivalRadiusM: 500,
  ...ordinaryRules,
}
