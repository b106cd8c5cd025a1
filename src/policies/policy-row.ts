import type { PolicyTable } from '../database/registry-tables.ts'
import type { Policy, PolicySelector } from '../domain/policy.ts'

/** One version of a policy and what it applies to. */
export type SelectablePolicy = Policy & PolicySelector

/** The columns that a rule needs to know of a policy. */
export const policyColumns = [
  'id',
  'code',
  'version',
  'area_code',
  'category_code',
  'severity',
  'ladder',
  'limits_ms',
  'unit_limit_ms',
  'unit_minimum_ms',
  'arrival_radius_m',
  'whistles',
  'settled_by',
  'returns_max',
  'pause_max_ms',
  'extension_max_ms',
  'reliefs_max',
  'rating_time_ms',
  'reopenings_max',
  'duplicate_radius_m',
  'duplicate_time_ms',
] as const

export function policyOf(row: Pick<PolicyTable, (typeof policyColumns)[number]>): SelectablePolicy {
  return {
    id: row.id,
    code: row.code,
    version: row.version,
    areaCode: row.area_code,
    categoryCode: row.category_code,
    severity: row.severity,
    ladder: row.ladder,
    limitsMs: row.limits_ms,
    unitLimitMs: row.unit_limit_ms,
    unitMinimumMs: row.unit_minimum_ms,
    arrivalRadiusM: row.arrival_radius_m,
    whistles: row.whistles,
    settledBy: row.settled_by,
    returnsMax: row.returns_max,
    pauseMaxMs: row.pause_max_ms,
    extensionMaxMs: row.extension_max_ms,
    reliefsMax: row.reliefs_max,
    ratingTimeMs: row.rating_time_ms,
    reopeningsMax: row.reopenings_max,
    duplicateRadiusM: row.duplicate_radius_m,
    duplicateTimeMs: row.duplicate_time_ms,
  }
}
