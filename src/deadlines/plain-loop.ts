import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { type RoundLoop, startRoundLoop } from '../queues/round-loop.ts'
import type { Drain } from './drain-overdue.ts'
import { housekeep } from './housekeep.ts'

/** What is due while the queue is gone waits for the next round: at most 4.5 s, within the 6 s that are promised. */
const intervalMs = 4_000
const jitterMs = 500
/** A round of a long backlog ends after this, so that health sees a round succeed now and then. */
const roundMs = 5_000
/** Housekeeping comes with every so many rounds, about each minute; what it leaves is gone on with in the very next one. */
const roundsPerHousekeeping = 15
/** Together with the pause between rounds it is still within the 6 s. */
const housekeepingMs = 500

export interface PlainLoopDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly drain: Drain
  /** Tries again what could not be settled earlier. */
  readonly retry: () => Promise<void>
  /** Deletes a bite of what is past its time and returns how many rows it held. */
  readonly purge: (db: Kysely<Database>, now: Instant) => Promise<number>
  readonly logger: Logger
}

/** The waker that needs Postgres and nothing else. It is always on, and never asks whether the queue is. */
export function startPlainLoop(dependencies: PlainLoopDependencies): RoundLoop {
  const { db, readClock, drain, retry, purge, logger } = dependencies
  let roundsToHousekeeping = 1

  async function round(signal: AbortSignal): Promise<void> {
    // Until nothing is left or the process stops: a backlog must not wait out the pause between rounds.
    const { end } = await drain({ signal, endAt: performance.now() + roundMs })
    if (end === 'failed') throw new Error('Overdue deadlines could not be settled')
    await retry()
    if (roundsToHousekeeping > 1) roundsToHousekeeping -= 1
    else if (await tidyUp(signal)) roundsToHousekeeping = roundsPerHousekeeping
  }

  async function tidyUp(signal: AbortSignal): Promise<boolean> {
    const { now } = await readClock(db)
    return housekeep({ db, now, purge, signal, endAt: performance.now() + housekeepingMs })
  }

  return startRoundLoop({ name: 'plain deadline loop', intervalMs, jitterMs, logger, round })
}
