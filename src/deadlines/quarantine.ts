import { type Kysely, sql } from 'kysely'
import { instant, type ReadClock, toTimestamp } from '../database/clock.ts'
import { isTransient } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'

/**
 * How long an incident is left alone after the first attempt, and at the most. Whatever is wrong with it is repaired by
 * people, or with the next version, in minutes at best; and each attempt takes time from its neighbours.
 */
const firstPauseMs = 5_000
const longestPauseMs = 10 * 60_000
/** More of a reason helps nobody, and its length is bounded by the table. */
const reasonMax = 500

/** SQLSTATEs of a database that cannot work just now: whose incident is in hand has nothing to do with it. */
const outages = /^(?:53|57P|58|25P03)/

/** Whether an error may lie with the incidents in hand. What the database does to everybody is no fault of theirs. */
export function blamesIncident(error: unknown): boolean {
  if (isTransient(error)) return false
  if (!(error instanceof Error)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return !outages.test(code) && !error.message.includes('timeout exceeded when trying to connect')
}

/**
 * Keeps the incidents that are set aside out of a query of deadlines or alarms. Written so that Postgres hashes them once, when the
 * first overdue deadline turns up, and goes on reading by due time; as a join it would sort what is overdue instead.
 */
export function notQuarantined(table: 'deadlines' | 'alarms' | 'assignments') {
  return sql<boolean>`${sql.ref(table)}.incident_id not in (select incident_id from quarantined_incidents)`
}

/** Who sets incidents aside, and who is told. */
export interface QuarantineDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly onFailure: (incidentId: string, error: unknown) => void
}

/**
 * Sets an incident aside that cannot be settled, for longer each time, so that nobody claims it with others. Where even
 * that fails, its neighbours are settled all the same, and the next claim finds it again.
 *
 * @throws what says that the database has gone
 */
export async function quarantine(
  { db, readClock, onFailure }: QuarantineDependencies,
  incidentId: string,
  error: unknown,
): Promise<void> {
  onFailure(incidentId, error)
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, reasonMax)
  try {
    const { now } = await readClock(db)
    const at = toTimestamp(now)
    await sql`
      insert into quarantined_incidents as q (incident_id, since, attempts, retry_at, error)
      values (${incidentId}, ${at}::timestamptz, 1, ${instant(now + firstPauseMs)}, ${reason})
      on conflict (incident_id) do update set attempts = q.attempts + 1, error = excluded.error,
        retry_at = ${at}::timestamptz
          + least(${firstPauseMs}::float8 * 2 ^ least(q.attempts, 30), ${longestPauseMs}) * interval '1 ms'`.execute(
      db,
    )
  } catch (failure) {
    if (!blamesIncident(failure)) throw failure
    onFailure(incidentId, new Error('An incident could not be quarantined', { cause: failure }))
  }
}
