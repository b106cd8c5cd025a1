import { sql, type Transaction } from 'kysely'
import {
  booleanArray,
  doubleArray,
  instantArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import { type Deadline, isLive } from '../domain/deadline.ts'
import type { DecidedIncident } from './decided-incident.ts'
import { expectRows } from './update-rows.ts'

/**
 * Writes what became of clocks that were not settled by it: pauses, due times that were moved, urging (of what is on the red
 * list, too), the mark of what was met by a clock that was wrong. Few decisions need it, so it costs the others no statement. It comes before the verdicts,
 * which may be none without it; a clock that stood still goes on first.
 */
export async function updateClockColumns(
  trx: Transaction<Database>,
  changed: readonly DecidedIncident[],
): Promise<void> {
  const rows = changed.flatMap(({ before, after }) =>
    (before?.incident.deadlines ?? []).flatMap((old, index) => {
      const row = after.deadlines[index]
      return row === undefined || columns.every((column) => row[column] === old[column])
        ? []
        : [
            {
              id: after.id,
              row,
              stateBefore: old.state,
              state: isLive(old) && !isLive(row) ? ('running' as const) : row.state,
            },
          ]
    }),
  )
  if (rows.length === 0) return
  const { numAffectedRows } = await sql`
    update deadlines set state = changed.state, due_at = changed.due_at, prolonged_ms = changed.prolonged_ms,
      clock_fault = changed.clock_fault, paused_at = changed.paused_at, paused_ms = changed.paused_ms,
      extended_ms = changed.extended_ms, advanced_ms = changed.advanced_ms, urges = changed.urges
    from unnest(
      ${uuidArray(rows.map(({ id }) => id))},
      ${smallintArray(rows.map(({ row }) => row.no))},
      ${textArray(rows.map(({ stateBefore }) => stateBefore))},
      ${textArray(rows.map(({ state }) => state))},
      ${instantArray(rows.map(({ row }) => row.dueAt))},
      ${doubleArray(rows.map(({ row }) => row.prolongedMs))},
      ${booleanArray(rows.map(({ row }) => row.clockFault))},
      ${instantArray(rows.map(({ row }) => row.pausedAt))},
      ${doubleArray(rows.map(({ row }) => row.pausedMs))},
      ${doubleArray(rows.map(({ row }) => row.extendedMs))},
      ${doubleArray(rows.map(({ row }) => row.advancedMs))},
      ${smallintArray(rows.map(({ row }) => row.urges))}
    ) as changed (incident_id, no, state_before, state, due_at, prolonged_ms, clock_fault, paused_at, paused_ms,
      extended_ms, advanced_ms, urges)
    where deadlines.incident_id = changed.incident_id and deadlines.no = changed.no
      and deadlines.state = changed.state_before`.execute(trx)
  expectRows('deadlines', rows.length, numAffectedRows)
}

const columns = [
  'dueAt',
  'prolongedMs',
  'clockFault',
  'pausedAt',
  'pausedMs',
  'extendedMs',
  'advancedMs',
  'urges',
] as const satisfies (keyof Deadline)[]
