import type { Kysely, Transaction } from 'kysely'
import { instant, type ReadClock } from '../database/clock.ts'
import { inTransaction, isTransient } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import { readCases } from '../incidents/read-cases.ts'
import { saveDecisions } from '../incidents/save-decisions.ts'

export interface SettlingDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  /** Told of an incident that could not be settled; its neighbours were. */
  readonly onFailure: (incidentId: string, error: unknown) => void
}

/** What one round did. */
export interface Round {
  /** Incidents that were claimed; as many as the limit means that more may be waiting. */
  readonly claimed: number
  /** Detection − due of each deadline that was breached, in milliseconds. */
  readonly lagsMs: readonly number[]
}

/**
 * Claims incidents with an overdue deadline, those due longest first, and settles each: one transaction for all. Any
 * number of processes may do this at once; they skip what another one holds. Where one incident's settling fails, each is
 * tried in a transaction of its own, so that it does not hold up the others.
 *
 * @param limit how many deadlines to claim at the most
 */
export async function claimAndSettle(dependencies: SettlingDependencies, limit: number): Promise<Round> {
  const { db, readClock, onFailure } = dependencies
  let claimed: string[] = []
  try {
    return await inTransaction(db, async (trx) => {
      const { now } = await readClock(trx)
      claimed = await claimOverdue(trx, now, limit)
      return { claimed: claimed.length, lagsMs: await settle(trx, readClock, claimed) }
    })
  } catch (error) {
    if (isTransient(error) || claimed.length === 0) throw error
    const lagsMs: number[] = []
    for (const id of claimed) {
      try {
        lagsMs.push(...(await inTransaction(db, (trx) => settleOne(trx, readClock, id))))
      } catch (failure) {
        // The database has gone, which is no fault of this incident: the next round takes up the rest.
        if (isTransient(failure)) throw failure
        onFailure(id, failure)
      }
    }
    return { claimed: claimed.length, lagsMs }
  }
}

/**
 * Locks the incidents of overdue deadlines. The lock and the choice are one query: choosing first and locking
 * afterwards would leave a second claimer with nothing but what the first one holds.
 */
async function claimOverdue(trx: Transaction<Database>, asOf: Instant, limit: number): Promise<string[]> {
  const rows = await overdueIncidents(trx, asOf, limit).execute()
  return [...new Set(rows.map((row) => row.id))]
}

/** The claim's query; a test looks at its plan. */
export function overdueIncidents(trx: Kysely<Database>, asOf: Instant, limit: number) {
  return trx
    .selectFrom('deadlines')
    .innerJoin('incidents', 'incidents.id', 'deadlines.incident_id')
    .select('incidents.id')
    .where('deadlines.state', '=', 'running')
    .where('deadlines.due_at', '<', instant(asOf))
    .orderBy('deadlines.due_at')
    .limit(limit)
    .forNoKeyUpdate('incidents')
    .skipLocked()
}

async function settleOne(trx: Transaction<Database>, readClock: ReadClock, id: string): Promise<number[]> {
  const locked = await trx
    .selectFrom('incidents')
    .select('id')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .skipLocked()
    .execute()
  return settle(
    trx,
    readClock,
    locked.map((row) => row.id),
  )
}

async function settle(
  trx: Transaction<Database>,
  readClock: ReadClock,
  locked: readonly string[],
): Promise<number[]> {
  if (locked.length === 0) return []
  const { cases } = await readCases(trx, readClock, locked)
  const decisions = cases.flatMap((before) => {
    const { events, incident: after } = settleOverdue(before.incident, before.context)
    return events.length === 0 ? [] : [{ before, after, events, position: before.position, note: null }]
  })
  await saveDecisions(trx, decisions)
  return decisions.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'deadline_breached' ? [event.breach.lagMs] : [])),
  )
}
