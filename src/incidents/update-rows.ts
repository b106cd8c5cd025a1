import { sql, type Transaction } from 'kysely'
import {
  booleanArray,
  byteaArray,
  instantArray,
  integerArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Assignment } from '../domain/assignment.ts'
import type { Deadline } from '../domain/deadline.ts'
import { outstandingOf } from '../domain/outstanding.ts'
import type { ChainedIncident, DecidedIncident } from './decided-incident.ts'

/**
 * Each function below changes one kind of rows in one statement, and fails the transaction unless every row was as it was
 * when the decision was made: then a lock is missing, and nothing of the decision may stay.
 */

export async function updateIncidents(
  trx: Transaction<Database>,
  changed: readonly ChainedIncident[],
): Promise<void> {
  if (changed.length === 0) return
  const column = <T>(value: (decision: ChainedIncident) => T): T[] => changed.map(value)
  const { numAffectedRows } = await executePrepared(
    trx,
    sql`
    update incidents set state = changed.state, revision = changed.revision, generation = changed.generation,
      reopenings = changed.reopenings, ended_by_area_code = changed.ended_by_area_code, ended_at = changed.ended_at,
      head_seq = changed.head_seq, head_hash = changed.head_hash, head_at = changed.head_at
    from unnest(
      ${uuidArray(column(({ after }) => after.id))},
      ${integerArray(column(({ before }) => before?.head.seq ?? 0))},
      ${textArray(column(({ after }) => after.state))},
      ${integerArray(column(({ after }) => after.revision))},
      ${integerArray(column(({ after }) => after.generation))},
      ${integerArray(column(({ after }) => after.reopenings))},
      ${textArray(column(({ after }) => after.endedByAreaCode))},
      ${instantArray(column(({ after }) => after.endedAt))},
      ${integerArray(column(({ head }) => head.seq))},
      ${byteaArray(column(({ head }) => head.hash))},
      ${instantArray(column(({ after }) => after.lastEventAt))}
    ) as changed (id, seq_before, state, revision, generation, reopenings, ended_by_area_code, ended_at,
      head_seq, head_hash, head_at)
    where incidents.id = changed.id and incidents.head_seq = changed.seq_before`,
  )
  expectRows('incidents', changed.length, numAffectedRows)
}

export async function updateAssignments(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.assignments ?? []).flatMap((old, index) => {
      const row = after.assignments[index]
      return row === undefined || isSameAssignment(row, old)
        ? []
        : [{ id: after.id, stateBefore: old.state, row }]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await executePrepared(
    trx,
    sql`
    update assignments set state = changed.state, accepted_at = changed.accepted_at, arrived_at = changed.arrived_at,
      ended_at = changed.ended_at, return_refused = changed.return_refused, assignee_code = changed.assignee_code,
      whistled_by = changed.whistled_by
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${textArray(rows.map(({ stateBefore }) => stateBefore))},
      ${textArray(rows.map(({ row }) => row.state))},
      ${instantArray(rows.map(({ row }) => row.acceptedAt))},
      ${instantArray(rows.map(({ row }) => row.arrivedAt))},
      ${instantArray(rows.map(({ row }) => row.endedAt))},
      ${booleanArray(rows.map(({ row }) => row.returnRefused))},
      ${textArray(rows.map(({ row }) => row.assignee.code))},
      ${textArray(rows.map(({ row }) => row.whistledBy))}
    ) as changed (incident_id, no, state_before, state, accepted_at, arrived_at, ended_at, return_refused, assignee_code,
      whistled_by)
    where assignments.incident_id = changed.incident_id and assignments.no = changed.no
      and assignments.state = changed.state_before`,
  )
  expectRows('assignments', rows.length, numAffectedRows)
}

function isSameAssignment(one: Assignment, other: Assignment): boolean {
  return (
    one.state === other.state &&
    one.returnRefused === other.returnRefused &&
    one.assignee.code === other.assignee.code &&
    one.whistledBy === other.whistledBy
  )
}

/** Writes verdicts, what was kept after all, and what is outstanding since, or not any more. */
export async function updateDeadlines(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) => {
    if (before === undefined) return []
    const outstandingBefore = outstandingOf(before.incident)
    const outstandingNow = outstandingOf(after)
    return before.incident.deadlines.flatMap((old, index) => {
      const row = after.deadlines[index]
      const outstanding = outstandingNow.get(old.no)
      return row === undefined ||
        (row.settledSeq === old.settledSeq &&
          row.fulfilledSeq === old.fulfilledSeq &&
          outstanding === outstandingBefore.get(old.no))
        ? []
        : [{ id: after.id, old, row, outstanding: outstanding ?? null }]
    })
  })
  if (rows.length === 0) return
  const column = <T>(value: (row: (typeof rows)[number]) => T): T[] => rows.map(value)
  const { numAffectedRows } = await executePrepared(
    trx,
    sql`
    update deadlines set state = changed.state, cancel_reason = changed.cancel_reason,
      settled_at = changed.settled_at, settled_seq = changed.settled_seq,
      fulfilled_at = changed.fulfilled_at, fulfilled_seq = changed.fulfilled_seq, outstanding = changed.outstanding
    from unnest(
      ${uuidArray(column(({ id }) => id))},
      ${smallintArray(column(({ row }) => row.no))},
      ${textArray(column(({ old }) => stateToSettle(old)))},
      ${integerArray(column(({ old }) => old.fulfilledSeq))},
      ${textArray(column(({ row }) => row.state))},
      ${textArray(column(({ row }) => row.cancelReason))},
      ${instantArray(column(({ row }) => row.settledAt))},
      ${integerArray(column(({ row }) => row.settledSeq))},
      ${instantArray(column(({ row }) => row.fulfilledAt))},
      ${integerArray(column(({ row }) => row.fulfilledSeq))},
      ${textArray(column(({ outstanding }) => outstanding))}
    ) as changed (incident_id, no, state_before, fulfilled_before, state, cancel_reason, settled_at, settled_seq, fulfilled_at,
      fulfilled_seq, outstanding)
    where deadlines.incident_id = changed.incident_id and deadlines.no = changed.no
      and deadlines.state = changed.state_before
      and deadlines.fulfilled_seq is not distinct from changed.fulfilled_before`,
  )
  expectRows('deadlines', rows.length, numAffectedRows)
}

/** A clock that stood still goes on before it is settled (update-clock-columns.ts). */
function stateToSettle({ state }: Deadline): Deadline['state'] {
  return state === 'paused' ? 'running' : state
}

/** Fails the transaction where a row was not as it was when the decision was made. */
export function expectRows(table: string, expected: number, written: bigint | undefined): void {
  if (written !== BigInt(expected)) {
    throw new Error(`${table}: ${expected} rows were to change, ${written ?? 0n} did`)
  }
}
