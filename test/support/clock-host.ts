import { createClockGuard } from '../../src/clock/clock-guard.ts'
import { type ClockSample, type SampleClock, sampleDatabaseClock } from '../../src/database/clock.ts'
import type { TestDatabase } from './database.ts'

const start = Date.UTC(2026, 10, 20, 1)

/** A host: true time, which nobody sees, what the database's clock shows of it, and processes with clocks of their own. */
export function createHost({ db }: Pick<TestDatabase, 'db'>) {
  let trueMs = 0
  let wrongMs = 0
  let looks = { beforeMs: 0, afterMs: 0 }
  const logged: string[] = []
  const logger = {
    error: (_: object, line: string) => logged.push(line),
    info: (_: object, line: string) => logged.push(line),
  }
  const sampleClock: SampleClock = async (reader) => {
    const sample = await sampleDatabaseClock(reader)
    trueMs += looks.beforeMs
    const at = start + trueMs + wrongMs
    trueMs += looks.afterMs
    return { ...sample, at }
  }
  return {
    logged,
    pass: (ms: number) => {
      trueMs += ms
    },
    jump: (ms: number) => {
      wrongMs += ms
    },
    /** From now on a look takes so long before the clock is read, and so long after that. */
    slow: (beforeMs: number, afterMs: number) => {
      looks = { beforeMs, afterMs }
    },
    trueNow: () => start + trueMs,
    state: (): Promise<ClockSample> => sampleDatabaseClock(db),
    events: async () =>
      (
        await db
          .selectFrom('events')
          .select(['type', 'body'])
          .where('stream', '=', 'clock')
          .orderBy('seq')
          .execute()
      ).map(({ type, body }): { type: string; offsetMs: number | null; at: number } => ({
        ...JSON.parse(body),
        type,
      })),
    /** A process that starts now; `stalledMs` is by how much its monotonic clock has stood still. */
    process() {
      let stalledMs = 0
      const guard = createClockGuard({ db, sampleClock, monotonic: () => trueMs - stalledMs, logger })
      const { readClock } = guard
      return {
        stall: (ms: number) => {
          stalledMs += ms
        },
        /** What is decided by, as it deviates from true time, and whether there is a fault. */
        async look() {
          const { now, clockFault } = await readClock(db)
          return [now - start - trueMs, clockFault ? 'fault' : 'sound']
        },
        readClock,
        bearWitness: guard.bearWitness,
      }
    },
  }
}
