import type {
  AssignmentTable,
  DeadlineTable,
  IncidentTable,
  JoinedIncidentTable,
  ReliefTable,
} from '../database/incident-tables.ts'
import type { Assignment } from '../domain/assignment.ts'
import type { Deadline, Party } from '../domain/deadline.ts'
import type { Incident, JoinedIncident } from '../domain/incident.ts'
import type { Relief } from '../domain/relief.ts'

/** A position as clients give it: WGS-84 degrees. */
export interface Position {
  readonly latitude: number
  readonly longitude: number
}

/** The columns that each kind of row is read with, named one by one because the statements are prepared. */
export const incidentColumns = [
  'id',
  'number',
  'district_code',
  'area_code',
  'category_code',
  'severity',
  'policy_id',
  'state',
  'received_at',
  'revision',
  'generation',
  'reopenings',
  'ended_by_area_code',
  'ended_at',
  'merged_into',
  'merged_at',
  'merged_from',
  'head_seq',
  'head_hash',
  'head_at',
  'latitude',
  'longitude',
] as const
export const deadlineColumns = [
  'incident_id',
  'no',
  'promise',
  'rung',
  'accountable_code',
  'generation',
  'assignment_no',
  'report_id',
  'area_path',
  'tree_version',
  'started_at',
  'due_at',
  'escalated_from',
  'handed_from',
  'state',
  'cancel_reason',
  'settled_at',
  'settled_seq',
  'fulfilled_at',
  'fulfilled_seq',
  'clock_fault',
  'prolonged_ms',
  'paused_at',
  'paused_ms',
  'extended_ms',
  'advanced_ms',
  'urges',
] as const
export const assignmentColumns = [
  'incident_id',
  'no',
  'assignee_kind',
  'assignee_code',
  'part',
  'whistled_by',
  'state',
  'assigned_at',
  'accepted_at',
  'arrived_at',
  'ended_at',
  'return_refused',
] as const
export const reliefColumns = [
  'incident_id',
  'no',
  'kind',
  'promises',
  'until',
  'by_ms',
  'requested_by_kind',
  'requested_by_code',
  'state',
  'requested_at',
  'decided_at',
  'decided_by',
  'ended_at',
] as const
export const joinedColumns = ['survivor_id', 'incident_id', 'taken', 'joined_at', 'separated_at'] as const

export function toIncident(
  row: IncidentTable,
  parts: Pick<Incident, 'deadlines' | 'assignments' | 'reliefs' | 'joined'>,
): Incident {
  const { merged_into: incidentId, merged_at: at, merged_from: from } = row
  return {
    id: row.id,
    number: row.number,
    districtCode: row.district_code,
    areaCode: row.area_code,
    categoryCode: row.category_code,
    severity: row.severity,
    policyId: row.policy_id,
    state: row.state,
    receivedAt: row.received_at,
    revision: row.revision,
    seq: row.head_seq,
    lastEventAt: row.head_at,
    generation: row.generation,
    reopenings: row.reopenings,
    endedByAreaCode: row.ended_by_area_code,
    endedAt: row.ended_at,
    mergedInto: incidentId === null || at === null || from === null ? null : { incidentId, at, from },
    ...parts,
  }
}

type AssignmentRow = Pick<AssignmentTable, (typeof assignmentColumns)[number]>

export function toAssignment(row: AssignmentRow): Assignment {
  return {
    no: row.no,
    assignee: { kind: row.assignee_kind, code: row.assignee_code },
    part: row.part,
    whistledBy: row.whistled_by,
    state: row.state,
    assignedAt: row.assigned_at,
    acceptedAt: row.accepted_at,
    arrivedAt: row.arrived_at,
    endedAt: row.ended_at,
    returnRefused: row.return_refused,
  }
}

export function toRelief(row: Pick<ReliefTable, (typeof reliefColumns)[number]>): Relief {
  return {
    no: row.no,
    kind: row.kind,
    promises: row.promises,
    until: row.until,
    byMs: row.by_ms,
    requestedBy: { kind: row.requested_by_kind, code: row.requested_by_code },
    state: row.state,
    requestedAt: row.requested_at,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
    endedAt: row.ended_at,
  }
}

export function toJoined(row: JoinedIncidentTable): JoinedIncident {
  return {
    incidentId: row.incident_id,
    taken: row.taken,
    joinedAt: row.joined_at,
    separatedAt: row.separated_at,
  }
}

export function toDeadline(row: Pick<DeadlineTable, (typeof deadlineColumns)[number]>): Deadline {
  return {
    no: row.no,
    promise: row.promise,
    rung: row.rung,
    accountable: partyAt(row.rung, row.accountable_code),
    generation: row.generation,
    assignmentNo: row.assignment_no,
    reportId: row.report_id,
    areaPath: row.area_path,
    treeVersion: row.tree_version,
    startedAt: row.started_at,
    dueAt: row.due_at,
    escalatedFrom: row.escalated_from,
    handedFrom: row.handed_from,
    state: row.state,
    cancelReason: row.cancel_reason,
    settledAt: row.settled_at,
    settledSeq: row.settled_seq,
    fulfilledAt: row.fulfilled_at,
    fulfilledSeq: row.fulfilled_seq,
    clockFault: row.clock_fault,
    prolongedMs: row.prolonged_ms,
    pausedAt: row.paused_at,
    pausedMs: row.paused_ms,
    extendedMs: row.extended_ms,
    advancedMs: row.advanced_ms,
    urges: row.urges,
  }
}

/** A rung tells which kind of party a code is: a whistled unit, or an area. */
export function partyAt(rung: Deadline['rung'], code: string): Party {
  return { kind: rung === 'unit' ? 'unit' : 'area', code }
}

export function toPosition({ latitude, longitude }: IncidentTable): Position | null {
  return latitude === null || longitude === null ? null : { latitude, longitude }
}
