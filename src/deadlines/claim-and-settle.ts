import { type Kysely, sql, type Transaction } from 'kysely'
import { instant, type ReadClock, type Reading } from '../database/clock.ts'
import { inDecidingTransaction } from '../database/in-transaction.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { settleOverdue } from '../domain/settle-overdue.ts'
import { readCases } from '../incidents/read-cases.ts'
import { saveDecisions } from '../incidents/save-decisions.ts'
import { blamesIncident, notQuarantined, quarantine } from './quarantine.ts'

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
  /** Incidents that are in nobody's way any more: settled, given more time, or set aside. */
  readonly handled: number
  /** Detection − due of each deadline that was breached, in milliseconds. */
  readonly lagsMs: readonly number[]
}

/**
 * Once something was set aside, a round that tries incidents apart ends after this. What it has not come to is claimed
 * again, without those that it has set aside.
 */
const apartMs = 5_000

/** Chooses incidents and locks them, as of a reading of the clock, and skips what others hold. */
type Claim = (trx: Transaction<Database>, reading: Reading, limit: number) => Promise<string[]>

/**
 * Claims incidents with an overdue deadline, those due longest first, and settles each: one transaction for all. Any
 * number of processes may do this at once; they skip what another one holds. Where that fails, halves are tried in
 * transactions of their own, and their halves, until those that cannot be settled stand alone: they are quarantined, and
 * their neighbours are settled. While the clock cannot be trusted nothing is claimed.
 *
 * @param limit how many deadlines to claim at the most
 * @param claim chooses others than those with an overdue deadline
 */
export async function claimAndSettle(
  dependencies: SettlingDependencies,
  limit: number,
  claim: Claim = claimOverdue,
): Promise<Round> {
  const { db, readClock } = dependencies
  let claimed: string[] = []
  try {
    return await inDecidingTransaction(db, async (trx) => {
      claimed = []
      claimed = await claim(trx, await readClock(trx), limit)
      const lagsMs = await settle(trx, readClock, claimed)
      return { claimed: claimed.length, handled: claimed.length, lagsMs }
    })
  } catch (error) {
    if (claimed.length === 0 || !blamesIncident(error)) throw error
    return { claimed: claimed.length, ...(await settleApart(dependencies, claimed, error)) }
  }
}

/**
 * Locks the incidents of overdue deadlines; none while the clock cannot be trusted. The lock and the choice are one query:
 * choosing first and locking afterwards would leave a second claimer with nothing but what the first one holds.
 */
async function claimOverdue(
  trx: Transaction<Database>,
  { now: asOf, clockFault }: Reading,
  limit: number,
): Promise<string[]> {
  if (clockFault) return []
  const [{ rows: overdue }, { rows: rung }] = await Promise.all([
    executePrepared(trx, overdueIncidents(trx, asOf, limit)),
    executePrepared(trx, rungIncidents(trx, asOf, limit)),
  ])
  return [...new Set([...overdue, ...rung].map((row) => row.id))]
}

/** The same for alarms (domain/alarms.ts), which are few. */
export function rungIncidents(trx: Kysely<Database>, asOf: Instant, limit: number) {
  return trx
    .selectFrom('alarms')
    .innerJoin('incidents', 'incidents.id', 'alarms.incident_id')
    .select('incidents.id')
    .where('alarms.at', '<', instant(asOf))
    .where(notQuarantined('alarms'))
    .orderBy('alarms.at')
    .limit(sql.lit(limit))
    .forNoKeyUpdate('incidents')
    .skipLocked()
}

/**
 * The claim's query; a test looks at its plan. State and limit are part of its text, because it is planned without knowing
 * its parameters: Postgres could not tell then that the index of what runs is enough, nor that little of it will be read.
 */
export function overdueIncidents(trx: Kysely<Database>, asOf: Instant, limit: number) {
  return trx
    .selectFrom('deadlines')
    .innerJoin('incidents', 'incidents.id', 'deadlines.incident_id')
    .select('incidents.id')
    .where('deadlines.state', '=', sql.lit('running' as const))
    .where('deadlines.due_at', '<', instant(asOf))
    .where(notQuarantined('deadlines'))
    .orderBy('deadlines.due_at')
    .limit(sql.lit(limit))
    .forNoKeyUpdate('incidents')
    .skipLocked()
}

/** Settles what can be settled of incidents that together cannot, and sets the others aside. */
async function settleApart(
  dependencies: SettlingDependencies,
  together: readonly string[],
  reason: unknown,
): Promise<Omit<Round, 'claimed'>> {
  const endAt = performance.now() + apartMs
  let handled = 0
  let setAside = 0
  const lagsMs: number[] = []

  async function part(ids: readonly string[], error: unknown): Promise<void> {
    const [first] = ids
    if (first !== undefined && ids.length === 1) {
      await quarantine(dependencies, first, error)
      handled += 1
      setAside += 1
      return
    }
    const middle = Math.ceil(ids.length / 2)
    for (const half of [ids.slice(0, middle), ids.slice(middle)]) {
      if (setAside > 0 && performance.now() >= endAt) return
      const failure = await attempt(half)
      if (failure !== undefined) await part(half, failure.error)
    }
  }

  async function attempt(ids: readonly string[]): Promise<{ error: unknown } | undefined> {
    try {
      lagsMs.push(...(await settleAgain(dependencies, ids)))
      handled += ids.length
      return undefined
    } catch (error) {
      // The database has gone, which is no fault of these incidents: the next round takes up the rest.
      if (!blamesIncident(error)) throw error
      return { error }
    }
  }

  await part(together, reason)
  return { handled, lagsMs }
}

/**
 * Settles incidents in a transaction of their own, as far as nobody else holds them, and does what belongs to it.
 *
 * @returns detection − due of each deadline that was breached, in milliseconds
 */
export function settleAgain(
  { db, readClock }: Pick<SettlingDependencies, 'db' | 'readClock'>,
  ids: readonly string[],
  also: (trx: Transaction<Database>, locked: readonly string[]) => Promise<void> = async () => {},
): Promise<number[]> {
  return inDecidingTransaction(db, async (trx) => {
    const rows = await trx
      .selectFrom('incidents')
      .select('id')
      .where('id', '=', sql<string>`any(${ids}::uuid[])`)
      .orderBy('id')
      .forNoKeyUpdate()
      .skipLocked()
      .execute()
    const locked = rows.map((row) => row.id)
    const lagsMs = await settle(trx, readClock, locked)
    await also(trx, locked)
    return lagsMs
  })
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
