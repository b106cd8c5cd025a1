import { sql } from 'kysely'
import {
  booleanArray,
  byteaArray,
  doubleArray,
  instantArray,
  integerArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../database/array-parameters.ts'
import type { Insert } from '../database/insert-together.ts'
import type { Deadline } from '../domain/deadline.ts'
import type { Incident } from '../domain/incident.ts'
import { type Outstanding, outstandingOf } from '../domain/outstanding.ts'
import { type ChainedIncident, type DecidedIncident, numbered } from './decided-incident.ts'

/** Each function below makes the insert of one kind of new rows, whatever their number; none where there are none. */

export function insertIncidents(opened: readonly ChainedIncident[]): Insert | undefined {
  if (opened.length === 0) return undefined
  const column = <T>(value: (decision: ChainedIncident) => T): T[] => opened.map(value)
  return sql`
    insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
      revision, generation, head_seq, head_hash, head_at, latitude, longitude)
    select * from unnest(
      ${uuidArray(column(({ after }) => after.id))},
      ${textArray(column(({ after }) => after.number))},
      ${textArray(column(({ after }) => after.districtCode))},
      ${textArray(column(({ after }) => after.areaCode))},
      ${textArray(column(({ after }) => after.categoryCode))},
      ${textArray(column(({ after }) => after.severity))},
      ${uuidArray(column(({ after }) => after.policyId))},
      ${textArray(column(({ after }) => after.state))},
      ${instantArray(column(({ after }) => after.receivedAt))},
      ${integerArray(column(({ after }) => after.revision))},
      ${integerArray(column(({ after }) => after.generation))},
      ${integerArray(column(({ head }) => head.seq))},
      ${byteaArray(column(({ head }) => head.hash))},
      ${instantArray(column(({ after }) => after.lastEventAt))},
      ${doubleArray(column(({ position }) => position?.latitude ?? null))},
      ${doubleArray(column(({ position }) => position?.longitude ?? null))}
    )`
}

export function insertAssignments(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap(({ before, after }) =>
    after.assignments.slice(before?.incident.assignments.length ?? 0).map((row) => ({ after, row })),
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into assignments (incident_id, no, district_code, assignee_kind, assignee_code, part, whistled_by, state,
      assigned_at)
    select * from unnest(
      ${uuidArray(rows.map(({ after }) => after.id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${textArray(rows.map(({ after }) => after.districtCode))},
      ${textArray(rows.map(({ row }) => row.assignee.kind))},
      ${textArray(rows.map(({ row }) => row.assignee.code))},
      ${textArray(rows.map(({ row }) => row.part))},
      ${textArray(rows.map(({ row }) => row.whistledBy))},
      ${textArray(rows.map(({ row }) => row.state))},
      ${instantArray(rows.map(({ row }) => row.assignedAt))}
    )`
}

/**
 * Writes deadlines whole, as they are after the decision: an act that comes late keeps, in one transaction, the very deadline
 * that the breach it found has just started, and a clock that duty took along standing still may go on at once.
 */
export function insertDeadlines(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows: { after: Incident; row: Deadline; outstanding: Outstanding | null }[] = decisions.flatMap(
    ({ before, after }) => {
      const outstanding = outstandingOf(after)
      return after.deadlines
        .slice(before?.incident.deadlines.length ?? 0)
        .map((row) => ({ after, row, outstanding: outstanding.get(row.no) ?? null }))
    },
  )
  if (rows.length === 0) return undefined
  const column = <T>(value: (row: Deadline, incident: Incident) => T): T[] =>
    rows.map(({ after, row }) => value(row, after))
  // Postgres' unnest takes nested arrays apart altogether, so a path travels as one text.
  return sql`
    insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      report_id, policy_id, area_path, tree_version, started_at, due_at, escalated_from, handed_from, state, cancel_reason,
      settled_at, settled_seq, fulfilled_at, fulfilled_seq, clock_fault, prolonged_ms, paused_at, paused_ms, extended_ms,
      advanced_ms, urges, outstanding)
    select incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      report_id, policy_id, string_to_array(area_path, '/'), tree_version, started_at, due_at, escalated_from, handed_from,
      state, cancel_reason, settled_at, settled_seq, fulfilled_at, fulfilled_seq, clock_fault, prolonged_ms, paused_at,
      paused_ms, extended_ms, advanced_ms, urges, outstanding
    from unnest(
      ${uuidArray(column((_, incident) => incident.id))},
      ${smallintArray(column((row) => row.no))},
      ${textArray(column((_, incident) => incident.districtCode))},
      ${textArray(column((row) => row.promise))},
      ${textArray(column((row) => row.rung))},
      ${textArray(column((row) => row.accountable.code))},
      ${smallintArray(column((row) => row.generation))},
      ${smallintArray(column((row) => row.assignmentNo))},
      ${uuidArray(column((row) => row.reportId))},
      ${uuidArray(column((_, incident) => incident.policyId))},
      ${textArray(column((row) => row.areaPath.join('/')))},
      ${integerArray(column((row) => row.treeVersion))},
      ${instantArray(column((row) => row.startedAt))},
      ${instantArray(column((row) => row.dueAt))},
      ${smallintArray(column((row) => row.escalatedFrom))},
      ${smallintArray(column((row) => row.handedFrom))},
      ${textArray(column((row) => row.state))},
      ${textArray(column((row) => row.cancelReason))},
      ${instantArray(column((row) => row.settledAt))},
      ${integerArray(column((row) => row.settledSeq))},
      ${instantArray(column((row) => row.fulfilledAt))},
      ${integerArray(column((row) => row.fulfilledSeq))},
      ${booleanArray(column((row) => row.clockFault))},
      ${doubleArray(column((row) => row.prolongedMs))},
      ${instantArray(column((row) => row.pausedAt))},
      ${doubleArray(column((row) => row.pausedMs))},
      ${doubleArray(column((row) => row.extendedMs))},
      ${doubleArray(column((row) => row.advancedMs))},
      ${smallintArray(column((row) => row.urges))},
      ${textArray(rows.map(({ outstanding }) => outstanding))}
    ) as started (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no,
      report_id, policy_id, area_path, tree_version, started_at, due_at, escalated_from, handed_from, state, cancel_reason,
      settled_at, settled_seq, fulfilled_at, fulfilled_seq, clock_fault, prolonged_ms, paused_at, paused_ms, extended_ms,
      advanced_ms, urges, outstanding)`
}

export function insertBreaches(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap((decision) =>
    numbered(decision).flatMap(({ seq, event }) => {
      if (event.type !== 'deadline_breached') return []
      const deadline = decision.after.deadlines.find(({ no }) => no === event.breach.deadlineNo)
      return deadline === undefined ? [] : [{ incident: decision.after, deadline, seq, event }]
    }),
  )
  if (rows.length === 0) return undefined
  const column = <T>(value: (row: (typeof rows)[number]) => T): T[] => rows.map(value)
  return sql`
    insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
    select incident_id, deadline_no, number, district_code, string_to_array(area_path, '/'), tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq
    from unnest(
      ${uuidArray(column(({ incident }) => incident.id))},
      ${smallintArray(column(({ deadline }) => deadline.no))},
      ${textArray(column(({ incident }) => incident.number))},
      ${textArray(column(({ incident }) => incident.districtCode))},
      ${textArray(column(({ deadline }) => deadline.areaPath.join('/')))},
      ${integerArray(column(({ deadline }) => deadline.treeVersion))},
      ${textArray(column(({ incident }) => incident.categoryCode))},
      ${textArray(column(({ deadline }) => deadline.promise))},
      ${textArray(column(({ deadline }) => deadline.rung))},
      ${textArray(column(({ deadline }) => deadline.accountable.code))},
      ${uuidArray(column(({ incident }) => incident.policyId))},
      ${instantArray(column(({ deadline }) => deadline.startedAt))},
      ${instantArray(column(({ deadline }) => deadline.dueAt))},
      ${instantArray(column(({ event }) => event.at))},
      ${textArray(column(({ event }) => event.breach.outcome))},
      ${integerArray(column(({ seq }) => seq))}
    ) as breached (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code,
      promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)`
}

/** The requests for relief that were made; whatever became of one by the same decision is in it already. */
export function insertReliefs(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap(({ before, after }) =>
    after.reliefs.slice(before?.incident.reliefs.length ?? 0).map((row) => ({ after, row })),
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into reliefs (incident_id, no, district_code, kind, promises, until, by_ms, requested_by_kind,
      requested_by_code, state, requested_at)
    select incident_id, no, district_code, kind, string_to_array(promises, '/'), until, by_ms, requested_by_kind,
      requested_by_code, state, requested_at
    from unnest(
      ${uuidArray(rows.map(({ after }) => after.id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${textArray(rows.map(({ after }) => after.districtCode))},
      ${textArray(rows.map(({ row }) => row.kind))},
      ${textArray(rows.map(({ row }) => row.promises.join('/')))},
      ${instantArray(rows.map(({ row }) => row.until))},
      ${doubleArray(rows.map(({ row }) => row.byMs))},
      ${textArray(rows.map(({ row }) => row.requestedBy.kind))},
      ${textArray(rows.map(({ row }) => row.requestedBy.code))},
      ${textArray(rows.map(({ row }) => row.state))},
      ${instantArray(rows.map(({ row }) => row.requestedAt))}
    ) as requested (incident_id, no, district_code, kind, promises, until, by_ms, requested_by_kind,
      requested_by_code, state, requested_at)`
}

export function insertJoined(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap(({ before, after }) =>
    after.joined.slice(before?.incident.joined.length ?? 0).map((row) => ({ after, row })),
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into joined_incidents (survivor_id, incident_id, taken, joined_at)
    select survivor_id, incident_id, taken::jsonb, joined_at from unnest(
      ${uuidArray(rows.map(({ after }) => after.id))},
      ${uuidArray(rows.map(({ row }) => row.incidentId))},
      ${textArray(rows.map(({ row }) => JSON.stringify(row.taken)))},
      ${instantArray(rows.map(({ row }) => row.joinedAt))}
    ) as joined (survivor_id, incident_id, taken, joined_at)`
}

export function insertRatings(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap((decision) =>
    numbered(decision).flatMap(({ seq, event }) =>
      event.type === 'rated' ? [{ decision, seq, at: event.at, rating: event.rating }] : [],
    ),
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into ratings (report_id, generation, incident_id, seq, district_code, solved, satisfaction, rated_at)
    select * from unnest(
      ${uuidArray(rows.map(({ rating }) => rating.reportId))},
      ${smallintArray(rows.map(({ decision }) => ratedGeneration(decision)))},
      ${uuidArray(rows.map(({ decision }) => decision.after.id))},
      ${integerArray(rows.map(({ seq }) => seq))},
      ${textArray(rows.map(({ decision }) => decision.after.districtCode))},
      ${booleanArray(rows.map(({ rating }) => rating.solved))},
      ${smallintArray(rows.map(({ rating }) => rating.satisfaction))},
      ${instantArray(rows.map(({ at }) => at))}
    )`
}

/** What is rated is what was done until then, be it that the rating takes the case up again. */
function ratedGeneration({ before, after }: DecidedIncident): number {
  return before?.incident.generation ?? after.generation
}

export function insertNotes(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap(({ after, note }) => (note === null ? [] : [{ after, note }]))
  if (rows.length === 0) return undefined
  return sql`
    insert into event_notes (incident_id, seq, text, latitude, longitude, visible_to_reporter, salt)
    select * from unnest(
      ${uuidArray(rows.map(({ after }) => after.id))},
      ${integerArray(rows.map(({ after }) => after.seq))},
      ${textArray(rows.map(({ note }) => note.text))},
      ${doubleArray(rows.map(({ note }) => note.position?.latitude ?? null))},
      ${doubleArray(rows.map(({ note }) => note.position?.longitude ?? null))},
      ${booleanArray(rows.map(({ note }) => note.visibleToReporter))},
      ${byteaArray(rows.map(({ note }) => note.salt))}
    )`
}
