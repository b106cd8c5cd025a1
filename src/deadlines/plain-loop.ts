import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { type RoundLoop, startRoundLoop } from '../queues/round-loop.ts'
import type { Drain } from './drain-overdue.ts'

/** What is due while the queue is gone waits for the next round: at most 4.5 s, within the 6 s that are promised. */
const intervalMs = 4_000
const jitterMs = 500
/** A round of a long backlog ends after this, so that health sees a round succeed now and then. */
const roundMs = 5_000
/** Housekeeping comes with every so many rounds, about each minute, and takes at most so many bites. */
const roundsPerHousekeeping = 15
const purgesMax = 10

export interface PlainLoopDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly drain: Drain
  /** Tries again what could not be settled earlier. */
  readonly retry: () => Promise<void>
  readonly purge: (db: Kysely<Database>, now: Instant) => Promise<number>
  readonly logger: Logger
}

/** The waker that needs Postgres and nothing else. It is always on, and never asks whether the queue is. */
export function startPlainLoop(dependencies: PlainLoopDependencies): RoundLoop {
  const { db, readClock, drain, retry, purge, logger } = dependencies
  let rounds = 0

  async function round(signal: AbortSignal): Promise<void> {
    // Until nothing is left or the process stops: a backlog must not wait out the pause between rounds.
    const { end } = await drain({ signal, endAt: performance.now() + roundMs })
    if (end === 'failed') throw new Error('Overdue deadlines could not be settled')
    await retry()
    if (rounds % roundsPerHousekeeping === 0) await housekeep((await readClock(db)).now, signal)
    rounds += 1
  }

  async function housekeep(now: Instant, signal: AbortSignal): Promise<void> {
    for (let times = 0; times < purgesMax && !signal.aborted; times++) {
      if ((await purge(db, now)) === 0) return
    }
  }

  return startRoundLoop({ name: 'plain deadline loop', intervalMs, jitterMs, logger, round })
}
