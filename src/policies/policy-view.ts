import { z } from 'zod'
import type { PolicyTable } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
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
    createdAt: instantOut,
  })
  .meta({ id: 'Policy', description: 'One version of a policy (时限规则); never edited' })

export const policyViewColumns = [...policyColumns, 'enabled', 'created_at'] as const

/** What `policyView` is made of. */
export function viewPolicy(
  row: Pick<PolicyTable, (typeof policyViewColumns)[number]>,
): z.input<typeof policyView> {
  const policy = policyOf(row)
  return { ...policy, ladder: [...policy.ladder], enabled: row.enabled, createdAt: row.created_at }
}
