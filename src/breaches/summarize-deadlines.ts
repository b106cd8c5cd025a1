import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { groupsMax, type SummaryQuery, type SummaryRow, summarySql } from './summary-sql.ts'
import type { SummaryGroup } from './summary-view.ts'

/**
 * Counts the deadlines that the actor may see by area at a level, promise and month.
 *
 * @returns undefined where there are more than `groupsMax` groups.
 */
export async function summarizeDeadlines(
  db: Kysely<Database>,
  query: SummaryQuery,
): Promise<SummaryGroup[] | undefined> {
  const { rows } = await summarySql(query).execute(db)
  return rows.length > groupsMax ? undefined : rows.map(toGroup)
}

function toGroup(row: SummaryRow): SummaryGroup {
  const decided = row.met + row.breached
  const lateness = Float64Array.from((row.lateness_ms ?? '').split(',').filter(Boolean), Number).sort()
  return {
    area: row.area_code === null ? null : { code: row.area_code, name: row.area_name ?? row.area_code },
    promise: row.promise,
    month: row.month,
    due: row.due,
    met: row.met,
    breached: row.breached,
    fulfilledLate: row.fulfilled_late,
    open: row.open,
    running: row.running,
    onTimeRate: decided === 0 ? null : row.met / decided,
    medianLatenessMs: percentile(lateness, 0.5),
    p90LatenessMs: percentile(lateness, 0.9),
  }
}

/** As PERCENTILE.INC in a spreadsheet and percentile_cont in SQL: interpolated between the two nearest, to whole ms. */
function percentile(sorted: Float64Array, share: number): number | null {
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)]
  const above = sorted[Math.ceil(place)]
  if (below === undefined || above === undefined) return null
  return Math.round(below + (place - Math.floor(place)) * (above - below))
}
