import type { Logger } from 'pino'
import { type ReadClock, type SampleClock, sampleDatabaseClock } from '../database/clock.ts'
import { openDatabase } from '../database/open-database.ts'
import { answerLimitMs } from '../database/waiting.ts'
import { createClockGuard } from './clock-guard.ts'

/** A process that nobody asks anything still notices a jump within this, and so may bear witness to it. */
const watchMs = 20_000
const firstLookMs = 1_000

export interface OpenClockGuard {
  readonly readClock: ReadClock
  stop(): Promise<void>
}

/**
 * Starts to guard the clock of a process for as long as it lives.
 *
 * @param options.sampleClock another clock than the database's, for a process that lives in another time
 */
export function openClockGuard({
  url,
  logger,
  sampleClock = sampleDatabaseClock,
}: {
  readonly url: string
  readonly logger: Logger
  readonly sampleClock?: SampleClock | undefined
}): OpenClockGuard {
  const database = openDatabase({ url, poolMax: 1, applicationName: 'whistle clock', answerLimitMs })
  const monotonic = () => performance.now()
  const readClock = createClockGuard({ db: database.db, sampleClock, monotonic, logger })
  const look = (): void => {
    // Whoever needs the clock meanwhile says what is wrong with the database.
    readClock(database.db).catch(() => undefined)
  }
  // Timers that keep no process alive that has failed to start.
  const timers = [setTimeout(look, firstLookMs).unref(), setInterval(look, watchMs).unref()]
  return {
    readClock,
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      await database.close()
    },
  }
}
