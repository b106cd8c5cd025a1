import { type Kysely, sql } from 'kysely'
import type { Registry } from 'prom-client'
import { type ReadClock, toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { registerScrapedGauges } from '../database/scraped-gauges.ts'

/** Planned changes are counted up to here, by the index of those that wait. */
const countMax = 10_000

/** How promptly planned changes take effect, whoever carries them out. */
export function registerPlannedChangeGauges(
  registry: Registry,
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
): void {
  registerScrapedGauges(registry, {
    readableName: 'whistle_planned_change_gauges_readable',
    help: {
      whistle_planned_changes_overdue: 'Planned changes that are due and not decided yet, up to 10,000',
      whistle_planned_change_oldest_overdue_seconds:
        'Age of the longest overdue planned change, 0 where none is',
    },
    async read() {
      const { now } = await readClock(db)
      const { rows } = await sql<{ overdue: number; oldest: number | null }>`
        select count(*) as overdue, min(effective_at) as oldest from (
          select effective_at from planned_changes
          where state = 'planned' and effective_at <= ${toTimestamp(now)}::timestamptz
          order by effective_at limit ${countMax}) as waiting`.execute(db)
      const [waiting] = rows
      return {
        whistle_planned_changes_overdue: waiting?.overdue,
        whistle_planned_change_oldest_overdue_seconds: (now - (waiting?.oldest ?? now)) / 1000,
      }
    },
  })
}
