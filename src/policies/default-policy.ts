import { ordinaryRules, type PolicyFields } from './policy-fields.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const everyRung = (limitMs: number) => ({ community: limitMs, street: limitMs, district: limitMs })

/** The 8-1-10 rule (docs/domain.md, Policy): 10 分钟上报、1 小时反馈、8 小时到场, from the community to the district. */
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
