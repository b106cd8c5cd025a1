import { z } from 'zod'
import type { PolicyTable } from '../database/registry-tables.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
import { unitKinds } from '../domain/unit.ts'
import { instantOut } from '../http/instant-schema.ts'
import { policyColumns, policyOf } from './policy-row.ts'

const rungLimits = z.partialRecord(z.enum(areaKinds), z.int())

/** One version of a policy, as answers show it. */
export const policyView = z
  .object({
    id: z.uuid().meta({ description: 'Of this version' }),
    code: z.string(),
    version: z.int().meta({ description: 'Counts the versions of one code from 1; the newest applies' }),
    areaCode: z.string().nullable().meta({ description: 'The subtree that it applies to; null: everywhere' }),
    categoryCode: z.string().nullable().meta({ description: 'What it applies to; null: every category' }),
    severity: z.enum(severities).nullable(),
    enabled: z.boolean(),
    ladder: z.array(z.enum(areaKinds)).meta({ description: 'The rungs that a promise climbs, lowest first' }),
    limitsMs: z
      .object({ report: rungLimits, feedback: rungLimits, on_site: rungLimits })
      .meta({ description: 'The limit of each promise at each rung, in ms' }),
    unitLimitMs: z
      .int()
      .meta({ description: "A whistled unit's own on-site limit, from the whistle, in ms" }),
    unitMinimumMs: z.int().meta({ description: 'What a whistled unit always gets, in ms' }),
    arrivalRadiusM: z.int().meta({ description: 'An arrival farther away is flagged, in m' }),
    whistles: z
      .partialRecord(z.enum(areaKinds), z.array(z.enum(unitKinds)))
      .meta({ description: 'The kinds of unit that an area of each kind may whistle' }),
    settledBy: z
      .array(z.enum(areaKinds))
      .meta({ description: 'The levels that may settle a case on the spot by themselves' }),
    returnsMax: z.int().meta({ description: 'Returns that the whistling area deals with by itself' }),
    pauseMaxMs: z.int(),
    extensionMaxMs: z.int(),
    reliefsMax: z.int().meta({ description: 'Requests for pauses and extensions that a case may have' }),
    ratingTimeMs: z.int().meta({ description: 'How long a reporter is asked whether it worked, in ms' }),
    reopeningsMax: z.int().meta({
      description:
        'The case has been reopened less often than that, by whomever, where a no of its reporters reopens it',
    }),
    duplicateRadiusM: z.int(),
    duplicateTimeMs: z.int(),
    createdAt: instantOut,
  })
  .meta({ id: 'Policy', description: 'One version of a policy (时限规则); never edited' })

export const policyViewColumns = [...policyColumns, 'enabled', 'created_at'] as const

/** What `policyView` is made of. */
export function viewPolicy(
  row: Pick<PolicyTable, (typeof policyViewColumns)[number]>,
): z.input<typeof policyView> {
  const policy = policyOf(row)
  const whistles = Object.fromEntries(
    Object.entries(policy.whistles).map(([kind, units]) => [kind, [...units]]),
  )
  const settledBy = [...policy.settledBy]
  return {
    ...policy,
    whistles,
    settledBy,
    ladder: [...policy.ladder],
    enabled: row.enabled,
    createdAt: row.created_at,
  }
}
