import type { Generated } from 'kysely'
import type { Role } from '../domain/actor.ts'
import type { AreaKind } from '../domain/area.ts'
import type { PromiseKind } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import type { Policy, RungLimits, Severity } from '../domain/policy.ts'
import type { UnitKind } from '../domain/unit.ts'

/** Row types of the registries, as in schema.ts. */

export interface AreaTable {
  code: string
  name: string
  kind: AreaKind
  parent_code: string | null
  path: string[]
  path_kinds: AreaKind[]
  district_code: string | null
  since_version: number
  retired_at: Instant | null
  successor_code: string | null
  successor_codes: Generated<string[]>
}

export interface AreaVersionTable {
  code: string
  since_version: number
  until_version: number | null
  name: string
  kind: AreaKind
  parent_code: string | null
  path: string[]
  path_kinds: AreaKind[]
  retired: boolean
  successor_codes: Generated<string[]>
  since_at: Instant | null
}

export interface UnitTable {
  code: string
  name: string
  kind: UnitKind
  area_code: string
  category_codes: string[] | null
  skills: Generated<string[]>
  retired_at: Instant | null
  revision: Generated<number>
}

export interface CategoryTable {
  code: string
  parent_code: string | null
  path: string[]
  name_zh: string
  name_en: string
  severity: Severity
  unit_kind: UnitKind
  admitted_from: AreaKind
  revision: Generated<number>
  retired_at: Instant | null
}

export interface PersonTable {
  subject: string
  name: string
  skills: string[]
  salt: Buffer
  role: Role
  area_code: string | null
  unit_code: string | null
  valid_from: Instant | null
  valid_until: Instant | null
  retired_at: Instant | null
  registered_within: string | null
  revision: number
}

export interface ResponsibilityTable {
  code: string
  area_code: string
  unit_code: string | null
  person_subject: string | null
  valid_from: Instant
  valid_until: Instant | null
  retired_at: Instant | null
  revision: number
}

export interface RegistryVersionTable {
  registry: string
  key: string
  revision: number
  since: Instant
  facts: Record<string, unknown>
}

export interface PlannedChangeTable {
  id: string
  registry: string
  rows: unknown
  bases: unknown
  salt: Buffer | null
  row_count: number
  keys: string[]
  within_code: string
  filed_by: string
  filed_at: Instant
  event_seq: number
  told_seq: number
  effective_at: Instant
  state: 'planned' | 'applied' | 'failed' | 'lapsed' | 'withdrawn'
  decided_at: Instant | null
  faults: unknown
}

export interface PolicyTable {
  id: string
  code: string
  version: number
  area_code: string | null
  category_code: string | null
  severity: Severity | null
  enabled: boolean
  ladder: AreaKind[]
  limits_ms: Record<PromiseKind, RungLimits>
  unit_limit_ms: number
  unit_minimum_ms: number
  arrival_radius_m: number
  whistles: Policy['whistles']
  settled_by: AreaKind[]
  returns_max: number
  pause_max_ms: number
  extension_max_ms: number
  reliefs_max: number
  rating_time_ms: number
  reopenings_max: number
  duplicate_radius_m: number
  duplicate_time_ms: number
  created_at: Instant
  created_by: string
}
