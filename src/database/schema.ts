import type { AreaKind } from '../domain/area.ts'
import type { ClockJump } from '../domain/context.ts'
import type { CancelReason, DeadlineState, PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import type { IncidentState } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { RungLimits, Severity } from '../domain/policy.ts'
import type { UnitKind } from '../domain/unit.ts'

/** Row types of migrations/. Instants come out as numbers and go in through `instant()`. */
export interface Database {
  area_tree: { only_row: boolean; version: number }
  areas: AreaTable
  area_versions: AreaVersionTable
  units: UnitTable
  categories: CategoryTable
  policies: PolicyTable
  incidents: IncidentTable
  reports: ReportTable
  report_contacts: { report_id: string; name: string | null; phone: string | null }
  event_notes: EventNoteTable
  assignments: AssignmentTable
  deadlines: DeadlineTable
  breaches: BreachTable
  deadline_sums: DeadlineSumTable
  sums_progress: { only_row: boolean; summed_before: Instant; marked_before: Instant; tree_version: number }
  sums_marks: { day: string }
  idempotency_keys: IdempotencyKeyTable
  events: EventTable
  streams: { name: string; head_seq: number; head_hash: Buffer; head_at: Instant }
  clock_state: ClockStateTable
  quarantined_incidents: QuarantinedIncidentTable
  outbox: OutboxTable
}

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
}

export interface UnitTable {
  code: string
  name: string
  kind: UnitKind
  area_code: string
}

export interface CategoryTable {
  code: string
  parent_code: string | null
  path: string[]
  name_zh: string
  name_en: string
  severity: Severity
  unit_kind: UnitKind
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
  created_at: Instant
  created_by: string
}

export interface IncidentTable {
  id: string
  number: string
  district_code: string
  area_code: string
  category_code: string
  severity: Severity
  policy_id: string
  state: IncidentState
  received_at: Instant
  revision: number
  generation: number
  ended_by_area_code: string | null
  head_seq: number
  head_hash: Buffer
  head_at: Instant
  latitude: number | null
  longitude: number | null
}

export interface ReportTable {
  id: string
  incident_id: string
  district_code: string
  reporter_id: string
  reporter_role: string
  category_code: string
  area_code: string
  description: string
  address: string | null
  latitude: number | null
  longitude: number | null
  occurred_at: Instant | null
  received_at: Instant
  salt: Buffer
}

export interface EventNoteTable {
  incident_id: string
  seq: number
  text: string | null
  latitude: number | null
  longitude: number | null
  visible_to_reporter: boolean
  salt: Buffer
}

export interface AssignmentTable {
  incident_id: string
  no: number
  district_code: string
  unit_code: string
  whistled_by: string
  assigned_at: Instant
  ended_at: Instant | null
}

export interface DeadlineTable {
  incident_id: string
  no: number
  district_code: string
  promise: PromiseKind
  rung: Rung
  accountable_code: string
  generation: number
  assignment_no: number | null
  policy_id: string
  area_path: string[]
  tree_version: number
  started_at: Instant
  due_at: Instant
  escalated_from: number | null
  handed_from: number | null
  state: DeadlineState
  cancel_reason: CancelReason | null
  settled_at: Instant | null
  settled_seq: number | null
  fulfilled_at: Instant | null
  fulfilled_seq: number | null
  clock_fault: boolean
  prolonged_ms: number
}

export interface BreachTable {
  incident_id: string
  deadline_no: number
  number: string
  district_code: string
  area_path: string[]
  tree_version: number
  category_code: string
  promise: PromiseKind
  rung: Rung
  accountable_code: string
  policy_id: string
  started_at: Instant
  due_at: Instant
  detected_at: Instant
  outcome: BreachOutcome
  seq: number
}

export interface DeadlineSumTable {
  span: 'day' | 'month'
  since: string
  path: string[]
  city_code: string | null
  district_code: string | null
  street_code: string | null
  promise: PromiseKind
  rung: Rung
  due: number
  met: number
  breached: number
  fulfilled_late: number
  open: number
  running: number
  lateness_ms: string | null
}

export interface IdempotencyKeyTable {
  principal: string
  key: string
  fingerprint: Buffer
  status: number
  headers: Record<string, string>
  body: string
  created_at: Instant
}

export interface EventTable {
  stream: string
  seq: number
  district_code: string | null
  type: string
  at: Instant
  body: string
  prev: Buffer
  hash: Buffer
}

export interface ClockStateTable {
  only_row: boolean
  seq: number
  offset_ms: number | null
  at_least: boolean
  jumps: ClockJump[]
  seen_at: Instant | null
}

export interface QuarantinedIncidentTable {
  incident_id: string
  since: Instant
  attempts: number
  retry_at: Instant
  error: string
}

export interface OutboxTable {
  id: string
  incident_id: string
  district_code: string
  stream: string
  seq: number
  kind: 'breached' | 'exhausted' | 'handed_over' | 'assigned'
  recipient_kind: 'area' | 'unit'
  recipient_code: string
  payload: string
  created_at: Instant
  offer_at: Instant | null
  attempts: number
  delivered_at: Instant | null
  parked_at: Instant | null
  last_error: string | null
}
