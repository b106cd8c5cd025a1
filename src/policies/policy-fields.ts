import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import { type AreaKind, areaKinds, rankOf } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import { severities } from '../domain/policy.ts'
import { type UnitKind, unitKinds } from '../domain/unit.ts'
import { bilingual } from '../wording/wording.ts'

/** A second is enough for a demonstration; a year is beyond every promise, and the tables' checks end there. */
const limitMinMs = 1_000
const limitMaxMs = 365 * 24 * 60 * 60 * 1000
const radiusMaxM = 1_000_000

const limitMs = z.int().min(limitMinMs).max(limitMaxMs)

/** What names a policy; each of its versions carries it. */
export const policyCode = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,63}$/,
    bilingual(
      '规则代码以小写字母开头，由小写字母、数字和连字符组成，2 至 64 个字符',
      'A policy code has 2 to 64 lower-case letters, digits and hyphens and begins with a letter',
    ),
  )

const dayMs = 24 * 60 * 60 * 1000
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
  settledBy: [...areaKinds],
  returnsMax: 1,
  pauseMaxMs: 30 * dayMs,
  extensionMaxMs: 7 * dayMs,
  reliefsMax: 10,
  ratingTimeMs: 3 * dayMs,
  reopeningsMax: 3,
  duplicateRadiusM: 200,
  duplicateTimeMs: dayMs,
}

const returnsLimit = 50
const countMax = 100
const duplicateRadiusMaxM = 100_000

const notAscending = bilingual(
  `层级须由低到高且不重复，如 ${areaKinds.join('、')}`,
  `Rungs must ascend without repetition, in the order ${areaKinds.join(', ')}`,
)
const limitMissing = bilingual('此层级缺少时限', 'The rung has no limit')
const notOnLadder = bilingual('此层级不在升级链上', 'The rung is not on the ladder')
const minimumAboveLimit = bilingual('最短时限不能长于时限', 'The minimum must not exceed the limit')

const rungLimits = z.partialRecord(z.enum(areaKinds), limitMs)

/** A new version of a policy, as an administrator writes it. */
export const policyFields = z
  .strictObject({
    code: policyCode.meta({
      description: 'A new code, or that of the policy which gets a new version',
      example: 'default',
    }),
    areaCode: areaCode.nullable().default(null).meta({ description: 'null: everywhere' }),
    categoryCode: categoryCode.nullable().default(null).meta({ description: 'null: every category' }),
    severity: z.enum(severities).nullable().default(null).meta({ description: 'null: every severity' }),
    enabled: z.boolean().default(true).meta({ description: 'false ends the policy for new incidents' }),
    ladder: z
      .array(z.enum(areaKinds))
      .min(1)
      .max(areaKinds.length)
      .refine(isAscending, notAscending)
      .meta({
        description: 'The rungs that a promise climbs, lowest first',
        example: ['community', 'street', 'district'],
      }),
    limitsMs: z
      .strictObject({ report: rungLimits, feedback: rungLimits, on_site: rungLimits })
      .meta({ description: 'The limit of each promise at each rung of the ladder, in ms' }),
    unitLimitMs: limitMs.meta({
      description: "A whistled unit's own on-site limit, from the whistle, in ms",
    }),
    unitMinimumMs: z
      .int()
      .min(0)
      .max(limitMaxMs)
      .meta({ description: 'What a whistled unit always gets, in ms' }),
    arrivalRadiusM: z
      .int()
      .min(1)
      .max(radiusMaxM)
      .meta({ description: 'An arrival farther away is flagged, in m' }),
    whistles: z
      .partialRecord(z.enum(areaKinds), z.array(z.enum(unitKinds)).max(unitKinds.length))
      .default(ordinaryRules.whistles)
      .meta({ description: 'The kinds of unit that an area of each kind may whistle' }),
    settledBy: z
      .array(z.enum(areaKinds))
      .max(areaKinds.length)
      .refine(isAscending, notAscending)
      .default(ordinaryRules.settledBy)
      .meta({ description: 'The levels that may settle a case on the spot by themselves' }),
    returnsMax: z.int().min(0).max(returnsLimit).default(ordinaryRules.returnsMax).meta({
      description:
        'Returns of a case that the whistling area deals with; the area above rules on any further one',
    }),
    pauseMaxMs: limitMs.default(ordinaryRules.pauseMaxMs).meta({ description: 'The longest pause, in ms' }),
    extensionMaxMs: limitMs
      .default(ordinaryRules.extensionMaxMs)
      .meta({ description: 'The longest extension at a time, in ms' }),
    reliefsMax: z
      .int()
      .min(0)
      .max(countMax)
      .default(ordinaryRules.reliefsMax)
      .meta({ description: 'Requests for pauses and extensions that a case may have' }),
    ratingTimeMs: limitMs
      .default(ordinaryRules.ratingTimeMs)
      .meta({ description: 'How long a reporter is asked whether it worked, in ms; then the case closes' }),
    reopeningsMax: z.int().min(0).max(countMax).default(ordinaryRules.reopeningsMax).meta({
      description:
        'The case has been reopened less often than that, by whomever, where a no of its reporters reopens it',
    }),
    duplicateRadiusM: z
      .int()
      .min(1)
      .max(duplicateRadiusMaxM)
      .default(ordinaryRules.duplicateRadiusM)
      .meta({ description: 'Reports within this distance may be of the same thing, in m' }),
    duplicateTimeMs: limitMs
      .default(ordinaryRules.duplicateTimeMs)
      .meta({ description: 'Reports within this time may be of the same thing, in ms' }),
  })
  .superRefine(({ ladder, limitsMs, unitLimitMs, unitMinimumMs }, context) => {
    for (const promise of promiseKinds) {
      for (const rung of areaKinds) {
        const limited = limitsMs[promise][rung] !== undefined
        if (limited === ladder.includes(rung)) continue
        const message = limited ? notOnLadder : limitMissing
        context.addIssue({ code: 'custom', path: ['limitsMs', promise, rung], message })
      }
    }
    if (unitMinimumMs > unitLimitMs) {
      context.addIssue({ code: 'custom', path: ['unitMinimumMs'], message: minimumAboveLimit })
    }
  })
  .meta({ id: 'PolicyVersion', description: 'A new version of a policy' })

export type PolicyFields = z.output<typeof policyFields>

function isAscending(ladder: readonly AreaKind[]): boolean {
  return ladder.every((kind, index) => {
    const below = ladder[index - 1]
    return below === undefined || rankOf(below) < rankOf(kind)
  })
}
