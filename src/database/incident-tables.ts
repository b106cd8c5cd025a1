import type { Role } from '../domain/actor.ts'
import type { AssignmentPart, AssignmentState } from '../domain/assignment.ts'
import type { CancelReason, DeadlineState, Party, PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import type { Taking } from '../domain/incident.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import type { Outstanding } from '../domain/outstanding.ts'
import type { Severity } from '../domain/policy.ts'
import type { ReliefKind, ReliefState } from '../domain/relief.ts'

/** Row types of incidents and of what belongs to one, as in schema.ts. */

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
  reopenings: number
  ended_by_area_code: string | null
  ended_at: Instant | null
  merged_into: string | null
  merged_at: Instant | null
  merged_from: IncidentState | null
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
  reporter_role: Role
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

/** Who sent a report and asked not to be known; null where they did not log in. */
export interface AnonymousReporterTable {
  report_id: string
  reporter_id: string | null
  reporter_role: Role | null
  area_code: string | null
  unit_code: string | null
}

export interface ReporterRevealTable {
  incident_id: string
  seq: number
  district_code: string
  report_id: string
  revealed_to: string
  revealed_at: Instant
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
  assignee_kind: Party['kind']
  assignee_code: string
  part: AssignmentPart
  whistled_by: string
  state: AssignmentState
  assigned_at: Instant
  accepted_at: Instant | null
  arrived_at: Instant | null
  ended_at: Instant | null
  return_refused: boolean
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
  report_id: string | null
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
  paused_at: Instant | null
  paused_ms: number
  extended_ms: number
  advanced_ms: number
  urges: number
  /** Told from the whole incident, so that an inbox need not tell it. */
  outstanding: Outstanding | null
}

export interface ReliefTable {
  incident_id: string
  no: number
  district_code: string
  kind: ReliefKind
  promises: PromiseKind[]
  until: Instant | null
  by_ms: number | null
  requested_by_kind: Party['kind']
  requested_by_code: string
  state: ReliefState
  requested_at: Instant
  decided_at: Instant | null
  decided_by: string | null
  ended_at: Instant | null
}

export interface JoinedIncidentTable {
  survivor_id: string
  incident_id: string
  taken: readonly Taking[]
  joined_at: Instant
  separated_at: Instant | null
}

export interface RatingTable {
  report_id: string
  generation: number
  incident_id: string
  seq: number
  district_code: string
  solved: boolean
  satisfaction: number
  rated_at: Instant
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
