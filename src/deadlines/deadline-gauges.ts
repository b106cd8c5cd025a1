import { type Kysely, sql } from 'kysely'
import type { Registry } from 'prom-client'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { registerScrapedGauges } from '../database/scraped-gauges.ts'
import { readBacklog, readRecentLag } from './due-times.ts'

/** How promptly deadlines are settled, whoever settles them: requests do, too, and the histogram of a worker misses those. */
export function registerDeadlineGauges(
  registry: Registry,
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
): void {
  registerScrapedGauges(registry, {
    readableName: 'whistle_deadline_gauges_readable',
    help: {
      whistle_deadlines_overdue: 'Deadlines that are overdue and not settled yet, up to 100,000',
      whistle_deadline_oldest_overdue_seconds: 'Age of the longest overdue deadline, 0 where none is',
      whistle_incidents_quarantined: 'Incidents that cannot be settled and are set aside, up to 10,000',
      whistle_recent_breaches: 'Breaches detected in the last 5 minutes, up to 10,000',
      whistle_recent_breach_lag_median_seconds: 'Median of detection minus due time of these breaches',
      whistle_recent_breach_lag_p99_seconds: '99th percentile of detection minus due time of these breaches',
      whistle_recent_breach_lag_max_seconds: 'Largest detection minus due time of these breaches',
    },
    async read() {
      const { now } = await readClock(db)
      const { overdue, oldestMs } = await readBacklog(db, now)
      const quarantined = await countQuarantined(db)
      const lag = await readRecentLag(db, now)
      return {
        whistle_deadlines_overdue: overdue,
        whistle_deadline_oldest_overdue_seconds: oldestMs / 1000,
        whistle_incidents_quarantined: quarantined,
        whistle_recent_breaches: lag?.breaches ?? 0,
        whistle_recent_breach_lag_median_seconds: inSeconds(lag?.medianMs),
        whistle_recent_breach_lag_p99_seconds: inSeconds(lag?.p99Ms),
        whistle_recent_breach_lag_max_seconds: inSeconds(lag?.maxMs),
      }
    },
  })
}

const quarantinedMax = 10_000

async function countQuarantined(db: Kysely<Database>): Promise<number | undefined> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from (select from quarantined_incidents limit ${quarantinedMax}) as quarantined`.execute(
    db,
  )
  return rows[0]?.count
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000
}
