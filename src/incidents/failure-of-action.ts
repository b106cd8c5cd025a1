import type { Kysely } from 'kysely'
import { instant, type ReadClock } from '../database/clock.ts'
import { isTransient } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { databaseOutage } from '../http/problems/database-outage.ts'
import { Problem } from '../http/problems/problem.ts'

/** A quarantined incident is tried again after 5 s at the earliest. */
const retryAfterSeconds = 10

/**
 * What an action throws that failed for a reason which nobody foresaw. Every action settles what is overdue first; where
 * something is overdue still, that is what failed, and the deadline worker sets the incident aside for the same reason. The
 * client is told so, and not that the server is broken: the request is in order and may be sent again.
 */
export async function failureOfAction(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  incidentId: string,
  error: unknown,
): Promise<unknown> {
  if (error instanceof Problem || isTransient(error) || databaseOutage(error) !== undefined) return error
  const { now, clockFault } = await readClock(db)
  // Then nothing overdue is settled, and so that has not failed.
  if (clockFault) return error
  const overdue = await db
    .selectFrom('deadlines')
    .select('no')
    .where('incident_id', '=', incidentId)
    .where('state', '=', 'running')
    .where('due_at', '<', instant(now))
    .limit(1)
    .executeTakeFirst()
  return overdue === undefined
    ? error
    : new Problem('incident_unsettleable', { retryAfterSeconds, cause: error })
}
