import type { Logger } from 'pino'
import { type ReadClock, type SampleClock, sampleDatabaseClock } from '../database/clock.ts'
import { openDatabase } from '../database/open-database.ts'
import { answerLimitMs } from '../database/waiting.ts'
import { createClockGuard, witnessEveryMs } from './clock-guard.ts'

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
  const guard = createClockGuard({ db: database.db, sampleClock, monotonic, logger })
  const look = (): void => {
    // Whoever needs the clock meanwhile says what is wrong with the database.
    guard.bearWitness().catch(() => undefined)
  }
  look()
  // A timer that keeps no process alive that has failed to start.
  const timer = setInterval(look, witnessEveryMs).unref()
  return {
    readClock: guard.readClock,
    async stop() {
      clearInterval(timer)
      await database.close()
    },
  }
}
