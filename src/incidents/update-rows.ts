import { sql, type Transaction } from 'kysely'
import {
  byteaArray,
  instantArray,
  integerArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
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
      ended_by_area_code = changed.ended_by_area_code,
      head_seq = changed.head_seq, head_hash = changed.head_hash, head_at = changed.head_at
    from unnest(
      ${uuidArray(column(({ after }) => after.id))},
      ${integerArray(column(({ before }) => before?.head.seq ?? 0))},
      ${textArray(column(({ after }) => after.state))},
      ${integerArray(column(({ after }) => after.revision))},
      ${integerArray(column(({ after }) => after.generation))},
      ${textArray(column(({ after }) => after.endedByAreaCode))},
      ${integerArray(column(({ head }) => head.seq))},
      ${byteaArray(column(({ head }) => head.hash))},
      ${instantArray(column(({ after }) => after.lastEventAt))}
    ) as changed (id, seq_before, state, revision, generation, ended_by_area_code, head_seq, head_hash, head_at)
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
      return row === undefined || row.endedAt === null || row.endedAt === old.endedAt
        ? []
        : [{ id: after.id, no: row.no, endedAt: row.endedAt }]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await executePrepared(
    trx,
    sql`
    update assignments set ended_at = ended.at
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${smallintArray(rows.map(({ no }) => no))},
      ${instantArray(rows.map(({ endedAt }) => endedAt))}
    ) as ended (incident_id, no, at)
    where assignments.incident_id = ended.incident_id and assignments.no = ended.no and ended_at is null`,
  )
  expectRows('assignments', rows.length, numAffectedRows)
}

export async function updateDeadlines(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.deadlines ?? []).flatMap((old, index) => {
      const row = after.deadlines[index]
      return row === undefined || (row.state === old.state && row.fulfilledSeq === old.fulfilledSeq)
        ? []
        : [{ id: after.id, old, row }]
    }),
  )
  if (rows.length === 0) return
  const column = <T>(value: (row: (typeof rows)[number]) => T): T[] => rows.map(value)
  const { numAffectedRows } = await executePrepared(
    trx,
    sql`
    update deadlines set state = changed.state, cancel_reason = changed.cancel_reason,
      settled_at = changed.settled_at, settled_seq = changed.settled_seq,
      fulfilled_at = changed.fulfilled_at, fulfilled_seq = changed.fulfilled_seq
    from unnest(
      ${uuidArray(column(({ id }) => id))},
      ${smallintArray(column(({ row }) => row.no))},
      ${textArray(column(({ old }) => old.state))},
      ${textArray(column(({ row }) => row.state))},
      ${textArray(column(({ row }) => row.cancelReason))},
      ${instantArray(column(({ row }) => row.settledAt))},
      ${integerArray(column(({ row }) => row.settledSeq))},
      ${instantArray(column(({ row }) => row.fulfilledAt))},
      ${integerArray(column(({ row }) => row.fulfilledSeq))}
    ) as changed (incident_id, no, state_before, state, cancel_reason, settled_at, settled_seq, fulfilled_at, fulfilled_seq)
    where deadlines.incident_id = changed.incident_id and deadlines.no = changed.no
      and deadlines.state = changed.state_before and deadlines.fulfilled_at is null`,
  )
  expectRows('deadlines', rows.length, numAffectedRows)
}

/** Fails the transaction where a row was not as it was when the decision was made. */
export function expectRows(table: string, expected: number, written: bigint | undefined): void {
  if (written !== BigInt(expected)) {
    throw new Error(`${table}: ${expected} rows were to change, ${written ?? 0n} did`)
  }
}
