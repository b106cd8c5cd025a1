import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Head } from '../audit/append-events.ts'
import { uuidArray } from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database, DeadlineTable, IncidentTable } from '../database/schema.ts'
import type { Deadline, Party } from '../domain/deadline.ts'
import type { Assignment, Incident } from '../domain/incident.ts'

/** A position as clients give it: WGS-84 degrees. */
export interface Position {
  readonly latitude: number
  readonly longitude: number
}

const incidentColumns = [
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
  'ended_by_area_code',
  'head_seq',
  'head_hash',
  'head_at',
  'latitude',
  'longitude',
] as const
const deadlineColumns = [
  'incident_id',
  'no',
  'promise',
  'rung',
  'accountable_code',
  'generation',
  'assignment_no',
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
] as const

/** An incident as it is stored, with the head of its chain. */
export interface StoredIncident {
  readonly incident: Incident
  readonly head: Head
  readonly position: Position | null
}

/**
 * Reads whole incidents, in the order of the given ids. The caller has locked them in an *earlier* statement: within the
 * locking one, a deadline that was settled between its snapshot and the lock would still show as running.
 */
export async function loadIncidents(
  trx: Transaction<Database>,
  ids: readonly string[],
): Promise<StoredIncident[]> {
  // An empty list is no SQL; the caller may have found nothing to lock.
  if (ids.length === 0) return []
  const [{ rows: incidents }, { rows: deadlines }, { rows: assignments }] = await Promise.all([
    executePrepared(trx, trx.selectFrom('incidents').select(incidentColumns).where('id', '=', anyOf(ids))),
    executePrepared(
      trx,
      trx
        .selectFrom('deadlines')
        .select(deadlineColumns)
        .where('incident_id', '=', anyOf(ids))
        .orderBy('incident_id')
        .orderBy('no'),
    ),
    executePrepared(
      trx,
      trx
        .selectFrom('assignments')
        .select(['incident_id', 'no', 'unit_code', 'whistled_by', 'assigned_at', 'ended_at'])
        .where('incident_id', '=', anyOf(ids))
        .orderBy('incident_id')
        .orderBy('no'),
    ),
  ])
  const deadlinesOf = byIncident(deadlines)
  const assignmentsOf = byIncident(assignments)
  const byId = new Map(incidents.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const row = byId.get(id)
    if (row === undefined) return []
    const incident = toIncident(
      row,
      (deadlinesOf.get(id) ?? []).map(toDeadline),
      (assignmentsOf.get(id) ?? []).map((assignment) => ({
        no: assignment.no,
        unitCode: assignment.unit_code,
        whistledBy: assignment.whistled_by,
        assignedAt: assignment.assigned_at,
        endedAt: assignment.ended_at,
      })),
    )
    return [{ incident, head: { seq: row.head_seq, hash: row.head_hash }, position: toPosition(row) }]
  })
}

/** One parameter however many ids there are: a list of five hundred costs more to build and to plan than to look up. */
function anyOf(ids: readonly string[]): RawBuilder<string> {
  return sql<string>`any(${uuidArray(ids)})`
}

function byIncident<Row extends { incident_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.incident_id)
    if (group === undefined) groups.set(row.incident_id, [row])
    else group.push(row)
  }
  return groups
}

function toIncident(row: IncidentTable, deadlines: Deadline[], assignments: Assignment[]): Incident {
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
    endedByAreaCode: row.ended_by_area_code,
    assignments,
    deadlines,
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
  }
}

/** A rung tells which kind of party a code is: a whistled unit, or an area. */
export function partyAt(rung: Deadline['rung'], code: string): Party {
  return { kind: rung === 'unit' ? 'unit' : 'area', code }
}

function toPosition({ latitude, longitude }: IncidentTable): Position | null {
  return latitude === null || longitude === null ? null : { latitude, longitude }
}
