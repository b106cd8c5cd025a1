import type { Generated } from 'kysely'
import type { Alarm } from '../domain/alarms.ts'
import type { ClockJump } from '../domain/context.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import type { NoticeKind } from '../domain/notices-of.ts'
import type { Severity } from '../domain/policy.ts'
import type {
  AnonymousReporterTable,
  AssignmentTable,
  BreachTable,
  DeadlineTable,
  EventNoteTable,
  IncidentTable,
  JoinedIncidentTable,
  RatingTable,
  ReliefTable,
  ReporterRevealTable,
  ReportTable,
} from './incident-tables.ts'
import type {
  AreaTable,
  AreaVersionTable,
  CategoryTable,
  PersonTable,
  PlannedChangeTable,
  PolicyTable,
  RegistryVersionTable,
  ResponsibilityTable,
  UnitTable,
} from './registry-tables.ts'

/** Row types of migrations/. Instants come out as numbers and go in through `instant()`. */
export interface Database {
  area_tree: { only_row: boolean; version: number }
  areas: AreaTable
  area_versions: AreaVersionTable
  units: UnitTable
  categories: CategoryTable
  people: PersonTable
  responsibilities: ResponsibilityTable
  registry_versions: RegistryVersionTable
  planned_changes: PlannedChangeTable
  policies: PolicyTable
  incidents: IncidentTable
  reports: ReportTable
  report_contacts: { report_id: string; name: string | null; phone: string | null; on_behalf: boolean }
  anonymous_reporters: AnonymousReporterTable
  report_links: { report_id: string; secret_hash: Buffer }
  reporter_reveals: ReporterRevealTable
  event_notes: EventNoteTable
  assignments: AssignmentTable
  deadlines: DeadlineTable
  reliefs: ReliefTable
  joined_incidents: JoinedIncidentTable
  ratings: RatingTable
  alarms: { incident_id: string; kind: Alarm['kind']; no: number; at: Instant }
  breaches: BreachTable
  deadline_sums: DeadlineSumTable
  sums_progress: { only_row: boolean; summed_before: Instant; marked_before: Instant; tree_version: number }
  sums_marks: { day: string }
  board_cases: BoardCaseTable
  board_counts: BoardCountTable
  board_progress: { only_row: boolean; origin: string; position: string; remade_after: string | null }
  search_texts: { incident_id: string; part: string; folded: string; words: string }
  idempotency_keys: IdempotencyKeyTable
  rate_salts: { window_no: number; salt: Buffer }
  rate_counts: { key: Buffer; window_no: number; count: number }
  events: EventTable
  streams: { name: string; head_seq: number; head_hash: Buffer; head_at: Instant }
  duty_progress: { only_row: boolean; tree_version: number }
  clock_state: ClockStateTable
  quarantined_incidents: QuarantinedIncidentTable
  outbox: OutboxTable
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

export interface BoardCaseTable {
  incident_id: string
  district_code: string
  area_code: string
  category_code: string
  severity: Severity
  state: IncidentState
  received_at: Instant
  standing: number
  urgent_at: Instant
  promise: PromiseKind | null
  rung: Rung | null
  accountable_code: string | null
  red_list: boolean
  unit_codes: string[]
  latitude: number | null
  longitude: number | null
  cell: number | null
}

export interface BoardCountTable {
  district_code: string
  area_code: string
  state: IncidentState
  standing: number
  promise: PromiseKind | null
  rung: Rung | null
  red_list: boolean
  cases: number
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
  /** Given by the database: where the event stands in the feed. */
  commit_order: Generated<number>
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
  kind: NoticeKind
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
