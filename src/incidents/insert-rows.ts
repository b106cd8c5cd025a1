import { sql, type Transaction } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Deadline } from '../domain/deadline.ts'
import type { Incident } from '../domain/incident.ts'
import { type ChainedIncident, type DecidedIncident, numbered } from './decided-incident.ts'

/** Each function below writes one kind of new rows in one statement, whatever their number. */

export async function insertIncidents(
  trx: Transaction<Database>,
  opened: readonly ChainedIncident[],
): Promise<void> {
  if (opened.length === 0) return
  const column = <T>(value: (decision: ChainedIncident) => T): T[] => opened.map(value)
  await sql`
    insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
      revision, generation, head_seq, head_hash, head_at, latitude, longitude)
    select * from unnest(
      ${column(({ after }) => after.id)}::uuid[],
      ${column(({ after }) => after.number)}::text[],
      ${column(({ after }) => after.districtCode)}::text[],
      ${column(({ after }) => after.areaCode)}::text[],
      ${column(({ after }) => after.categoryCode)}::text[],
      ${column(({ after }) => after.severity)}::text[],
      ${column(({ after }) => after.policyId)}::uuid[],
      ${column(({ after }) => after.state)}::text[],
      ${column(({ after }) => toTimestamp(after.receivedAt))}::timestamptz[],
      ${column(({ after }) => after.revision)}::int[],
      ${column(({ after }) => after.generation)}::int[],
      ${column(({ head }) => head.seq)}::int[],
      ${column(({ head }) => head.hash)}::bytea[],
      ${column(({ after }) => toTimestamp(after.lastEventAt))}::timestamptz[],
      ${column(({ position }) => position?.latitude ?? null)}::float8[],
      ${column(({ position }) => position?.longitude ?? null)}::float8[]
    )`.execute(trx)
}

export async function insertAssignments(
  trx: Transaction<Database>,
  decisions: readonly DecidedIncident[],
): Promise<void> {
  const rows = decisions.flatMap(({ before, after }) =>
    after.assignments.slice(before?.incident.assignments.length ?? 0).map((row) => ({ after, row })),
  )
  if (rows.length === 0) return
  await sql`
    insert into assignments (incident_id, no, district_code, unit_code, whistled_by, assigned_at)
    select * from unnest(
      ${rows.map(({ after }) => after.id)}::uuid[],
      ${rows.map(({ row }) => row.no)}::smallint[],
      ${rows.map(({ after }) => after.districtCode)}::text[],
      ${rows.map(({ row }) => row.unitCode)}::text[],
      ${rows.map(({ row }) => row.whistledBy)}::text[],
      ${rows.map(({ row }) => toTimestamp(row.assignedAt))}::timestamptz[]
    )`.execute(trx)
}

/**
 * Writes deadlines as they are after the decision: an act that comes late keeps, in one transaction, the very deadline
 * that the breach it found has just started.
 */
export async function insertDeadlines(
  trx: Transaction<Database>,
  decisions: readonly DecidedIncident[],
): Promise<void> {
  const rows: { after: Incident; row: Deadline }[] = decisions.flatMap(({ before, after }) =>
    after.deadlines.slice(before?.incident.deadlines.length ?? 0).map((row) => ({ after, row })),
  )
  if (rows.length === 0) return
  const column = <T>(value: (row: Deadline, incident: Incident) => T): T[] =>
    rows.map(({ after, row }) => value(row, after))
  // Postgres' unnest takes nested arrays apart altogether, so a path travels as one text.
  await sql`
    insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      policy_id, area_path, tree_version, started_at, due_at, escalated_from, handed_from, state, cancel_reason,
      settled_at, settled_seq, fulfilled_at, fulfilled_seq)
    select incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      policy_id, string_to_array(area_path, '/'), tree_version, started_at, due_at, escalated_from, handed_from, state,
      cancel_reason, settled_at, settled_seq, fulfilled_at, fulfilled_seq
    from unnest(
      ${column((_, incident) => incident.id)}::uuid[],
      ${column((row) => row.no)}::smallint[],
      ${column((_, incident) => incident.districtCode)}::text[],
      ${column((row) => row.promise)}::text[],
      ${column((row) => row.rung)}::text[],
      ${column((row) => row.accountable.code)}::text[],
      ${column((row) => row.generation)}::smallint[],
      ${column((row) => row.assignmentNo)}::smallint[],
      ${column((_, incident) => incident.policyId)}::uuid[],
      ${column((row) => row.areaPath.join('/'))}::text[],
      ${column((row) => row.treeVersion)}::int[],
      ${column((row) => toTimestamp(row.startedAt))}::timestamptz[],
      ${column((row) => toTimestamp(row.dueAt))}::timestamptz[],
      ${column((row) => row.escalatedFrom)}::smallint[],
      ${column((row) => row.handedFrom)}::smallint[],
      ${column((row) => row.state)}::text[],
      ${column((row) => row.cancelReason)}::text[],
      ${column((row) => optionalTimestamp(row.settledAt))}::timestamptz[],
      ${column((row) => row.settledSeq)}::int[],
      ${column((row) => optionalTimestamp(row.fulfilledAt))}::timestamptz[],
      ${column((row) => row.fulfilledSeq)}::int[]
    ) as started (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      policy_id, area_path, tree_version, started_at, due_at, escalated_from, handed_from, state, cancel_reason,
      settled_at, settled_seq, fulfilled_at, fulfilled_seq)`.execute(trx)
}

export async function insertBreaches(
  trx: Transaction<Database>,
  decisions: readonly DecidedIncident[],
): Promise<void> {
  const rows = decisions.flatMap((decision) =>
    numbered(decision).flatMap(({ seq, event }) => {
      if (event.type !== 'deadline_breached') return []
      const deadline = decision.after.deadlines.find(({ no }) => no === event.breach.deadlineNo)
      return deadline === undefined ? [] : [{ incident: decision.after, deadline, seq, event }]
    }),
  )
  if (rows.length === 0) return
  const column = <T>(value: (row: (typeof rows)[number]) => T): T[] => rows.map(value)
  await sql`
    insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
    select incident_id, deadline_no, number, district_code, string_to_array(area_path, '/'), tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq
    from unnest(
      ${column(({ incident }) => incident.id)}::uuid[],
      ${column(({ deadline }) => deadline.no)}::smallint[],
      ${column(({ incident }) => incident.number)}::text[],
      ${column(({ incident }) => incident.districtCode)}::text[],
      ${column(({ deadline }) => deadline.areaPath.join('/'))}::text[],
      ${column(({ deadline }) => deadline.treeVersion)}::int[],
      ${column(({ incident }) => incident.categoryCode)}::text[],
      ${column(({ deadline }) => deadline.promise)}::text[],
      ${column(({ deadline }) => deadline.rung)}::text[],
      ${column(({ deadline }) => deadline.accountable.code)}::text[],
      ${column(({ incident }) => incident.policyId)}::uuid[],
      ${column(({ deadline }) => toTimestamp(deadline.startedAt))}::timestamptz[],
      ${column(({ deadline }) => toTimestamp(deadline.dueAt))}::timestamptz[],
      ${column(({ event }) => toTimestamp(event.at))}::timestamptz[],
      ${column(({ event }) => event.breach.outcome)}::text[],
      ${column(({ seq }) => seq)}::int[]
    ) as breached (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)`.execute(trx)
}

export async function insertNotes(
  trx: Transaction<Database>,
  decisions: readonly DecidedIncident[],
): Promise<void> {
  const notes = decisions.flatMap(({ after, note }) =>
    note === null
      ? []
      : [
          {
            incident_id: after.id,
            seq: after.seq,
            text: note.text,
            latitude: note.position?.latitude ?? null,
            longitude: note.position?.longitude ?? null,
            visible_to_reporter: note.visibleToReporter,
            salt: note.salt,
          },
        ],
  )
  if (notes.length > 0) await trx.insertInto('event_notes').values(notes).execute()
}

function optionalTimestamp(at: number | null): string | null {
  return at === null ? null : toTimestamp(at)
}
