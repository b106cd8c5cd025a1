import { registerClockGauges } from '../src/clock/clock-gauges.ts'
import { openClockGuard } from '../src/clock/open-clock-guard.ts'
import { required } from '../src/config.ts'
import { openDatabase } from '../src/database/open-database.ts'
import { answerLimitMs } from '../src/database/waiting.ts'
import { claimAndSettle } from '../src/deadlines/claim-and-settle.ts'
import { registerDeadlineGauges } from '../src/deadlines/deadline-gauges.ts'
import { startDeadlineWakers } from '../src/deadlines/deadline-wakers.ts'
import { startDutyLoop } from '../src/deadlines/duty-loop.ts'
import { purgeStoredAnswers } from '../src/idempotency/stored-answers.ts'
import { createQueueBackend } from '../src/queues/create-queue-backend.ts'
import { purgeRateCounts } from '../src/rate-limits/count-requests.ts'
import { isProgram, type RunningWorker, runWorkers, type WorkerDependencies } from '../src/run-workers.ts'

/** How long a batch of cases may take in which duty follows the areas. */
const dutyGraceMs = 4_000

/** Settles overdue deadlines, on a pool of its own, and lets duty follow areas. */
export function startDeadlinesWorker({
  config,
  logger,
  registry,
  sampleClock,
}: WorkerDependencies): RunningWorker {
  const url = required(config.databaseUrl, 'DATABASE_URL')
  const { readClock, stop: stopGuard } = openClockGuard({ url, logger, sampleClock })
  const database = openDatabase({
    url,
    poolMax: config.deadlinePoolMax,
    applicationName: 'whistle deadlines',
    answerLimitMs,
  })
  registerClockGauges(registry, { db: database.db })
  registerDeadlineGauges(registry, { db: database.db, readClock })
  const wakers = startDeadlineWakers({
    db: database.db,
    readClock,
    settle: claimAndSettle,
    purge: async (db, now) => (await purgeStoredAnswers(db, now)) + (await purgeRateCounts(db, now)),
    backend: createQueueBackend(required(config.queue, 'REDIS_URL or QUEUE_DATABASE_URL')),
    // One connection is the plain loop's.
    concurrency: Math.max(1, config.deadlinePoolMax - 1),
    registry,
    logger,
  })
  const duty = startDutyLoop({ db: database.db, readClock, logger })
  return {
    name: 'deadlines',
    sinceRoundMs: wakers.sinceRoundMs,
    async stop() {
      await Promise.all([wakers.stop(), duty.stop(dutyGraceMs)])
      await stopGuard()
      await database.close()
    },
  }
}

if (isProgram(import.meta.url)) await runWorkers('deadlines', [startDeadlinesWorker], process.env)
