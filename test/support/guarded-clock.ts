import type { Kysely } from 'kysely'
import { type ClockGuard, createClockGuard } from '../../src/clock/clock-guard.ts'
import { type ReadClock, type SampleClock, sampleDatabaseClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import type { MovableClock } from './clock.ts'

/** The clock of a database that may be wrong, and the guards of processes that live with it. */
export interface GuardedClock {
  /** Sets the database's clock against true time, which is the given clock's. */
  jump(ms: number): void
  /** Another process begins to watch; its monotonic clock is right. */
  startProcess(): ReadClock
  /** The same, with what it says to those who start later. */
  startGuard(): ClockGuard
}

/** Lets a test's own clock be true time, and the database's one that may jump. */
export function createGuardedClock(db: Kysely<Database>, trueClock: MovableClock): GuardedClock {
  let wrongMs = 0
  const sampleClock: SampleClock = async (reader) => ({
    ...(await sampleDatabaseClock(reader)),
    at: trueClock.now() + wrongMs,
  })
  const logger = { error: () => {}, info: () => {} }
  const startGuard = (): ClockGuard => createClockGuard({ db, sampleClock, monotonic: trueClock.now, logger })
  return {
    jump(ms) {
      wrongMs += ms
    },
    startProcess: () => startGuard().readClock,
    startGuard,
  }
}
