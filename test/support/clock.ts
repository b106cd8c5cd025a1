import { type ReadClock, soundReading } from '../../src/database/clock.ts'
import type { Instant } from '../../src/domain/instant.ts'

/** A clock that stands still until a test moves it. */
export interface MovableClock {
  now(): Instant
  set(to: Instant): void
  advance(ms: number): void
  /** What is injected where the database's clock would be. */
  readonly read: ReadClock
}

/** 2026-11-20 09:00:00.000 in Shanghai: a Friday morning. */
const START = Date.UTC(2026, 10, 20, 1)

/** A clock that shows `start` and moves only by `set` and `advance`. */
export function createMovableClock(start: Instant = START): MovableClock {
  let now = start
  return {
    now: () => now,
    set: (to) => {
      now = to
    },
    advance: (ms) => {
      now += ms
    },
    read: async () => soundReading(now),
  }
}
