import { sql, type Transaction } from 'kysely'
import { booleanArray, instantArray, smallintArray, uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { DecidedIncident } from './decided-incident.ts'
import { expectRows } from './update-rows.ts'

/**
 * Writes what a clock that was wrong has done to deadlines: later due times, and the mark of what was met by it. Hardly any
 * decision needs it, so it costs the others no statement. It comes before the verdicts, which may be none without it.
 */
export async function updateClockColumns(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.deadlines ?? []).flatMap((old, index) => {
      const row = after.deadlines[index]
      return row === undefined || (row.prolongedMs === old.prolongedMs && row.clockFault === old.clockFault)
        ? []
        : [{ id: after.id, row }]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await sql`
    update deadlines set due_at = changed.due_at, prolonged_ms = changed.prolonged_ms, clock_fault = changed.clock_fault
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${instantArray(rows.map(({ row }) => row.dueAt))},
      ${rows.map(({ row }) => row.prolongedMs)}::bigint[],
      ${booleanArray(rows.map(({ row }) => row.clockFault))}
    ) as changed (incident_id, no, due_at, prolonged_ms, clock_fault)
    where deadlines.incident_id = changed.incident_id and deadlines.no = changed.no
      and deadlines.state = 'running'`.execute(trx)
  expectRows('deadlines', rows.length, numAffectedRows)
}
