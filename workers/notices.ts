import { setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { createBoardRounds } from '../src/board/refresh-board.ts'
import { sumUpDays } from '../src/breaches/sum-up-days.ts'
import { openClockGuard } from '../src/clock/open-clock-guard.ts'
import { required } from '../src/config.ts'
import { openDatabase } from '../src/database/open-database.ts'
import { answerLimitMs, batchAnswerLimitMs } from '../src/database/waiting.ts'
import { isBursting } from '../src/deadlines/due-times.ts'
import { createLogChannel, createWebhookChannel } from '../src/notifications/notice-channel.ts'
import { registerNoticeGauges } from '../src/notifications/notice-gauges.ts'
import { startNoticeRelay } from '../src/notifications/notice-relay.ts'
import { refusalOfPerson } from '../src/people/find-registration.ts'
import { createQueueBackend } from '../src/queues/create-queue-backend.ts'
import { startRoundLoop } from '../src/queues/round-loop.ts'
import { settleWithin } from '../src/queues/settle-within.ts'
import { registries } from '../src/registries.ts'
import { registerPlannedChangeGauges } from '../src/registry/planned-change-gauges.ts'
import { startPlannedChangeLoop } from '../src/registry/planned-change-loop.ts'
import { isProgram, type RunningWorker, runWorkers, type WorkerDependencies } from '../src/run-workers.ts'

/** A delivery's statements are short, so few connections serve many deliveries. */
const poolMax = 4
/** A day is summed up once, and again where something of it has changed; until then its deadlines are read one by one. */
const sumEveryMs = 60_000
/** How far the board and the search may be behind, where nobody looks. */
const boardEveryMs = 1_000
/** A round is a tenth of a second's work at the most; the next one begins at once while there is more. */
const boardEvents = 500
const stopGraceMs = 5_000
/** How long a planned change in hand may take on the way out; what is cut off then is carried out whole another time. */
const plannedGraceMs = 8_000

/**
 * Delivers what is in the outbox, and sums up past days for the auditor; both leave the machine to bursts of deadlines. Keeps
 * the board and the search up to the events, and carries out planned changes of registries: a large one takes a minute, so it has a
 * connection of its own, and no deadline waits for it.
 */
export function startNoticesWorker({
  config,
  logger,
  registry,
  sampleClock,
}: WorkerDependencies): RunningWorker {
  const { noticeUrl, noticeSecret } = config
  const url = required(config.databaseUrl, 'DATABASE_URL')
  const { readClock, stop: stopGuard } = openClockGuard({ url, logger, sampleClock })
  const database = openDatabase({
    url,
    poolMax,
    applicationName: 'whistle notices',
    answerLimitMs,
  })
  const batches = openDatabase({
    url,
    poolMax: 1,
    // One that had fallen silent since its last change would keep the next one waiting for as long as a batch may take.
    usesMax: 1,
    applicationName: 'whistle planned changes',
    answerLimitMs: batchAnswerLimitMs,
  })
  registerNoticeGauges(registry, { db: database.db })
  registerPlannedChangeGauges(registry, { db: database.db, readClock })
  const isBusy = () => isBursting({ db: database.db, readClock })
  const relay = startNoticeRelay({
    db: database.db,
    readClock,
    channel:
      noticeUrl === undefined
        ? createLogChannel(logger)
        : createWebhookChannel({ url: noticeUrl.href, secret: noticeSecret }),
    backend: createQueueBackend(required(config.queue, 'REDIS_URL or QUEUE_DATABASE_URL')),
    isBusy,
    registry,
    logger,
  })
  const sums = startRoundLoop({
    name: 'sums',
    intervalMs: sumEveryMs,
    logger,
    async round(signal) {
      if (!(await isBusy())) await sumUpDays({ db: database.db, readClock }, signal)
    },
  })
  const followEvents = createBoardRounds(database.db, { eventsMax: boardEvents })
  const board = startRoundLoop({
    name: 'board',
    intervalMs: boardEveryMs,
    logger,
    async round(signal) {
      while (!signal.aborted) {
        const beganAt = performance.now()
        if ((await followEvents()) !== 'more') return
        // Whoever looks brings the board up to date meanwhile, but nobody else fires deadlines: they get half of the time.
        if (await isBusy())
          await pause(performance.now() - beganAt, undefined, { signal }).catch(() => undefined)
      }
    },
  })
  const planned = startPlannedChangeLoop({
    db: database.db,
    batches: batches.db,
    readClock,
    registries,
    refusalOf: refusalOfPerson,
    logger,
  })
  return {
    name: 'notices',
    sinceRoundMs: relay.sinceRoundMs,
    async stop() {
      await Promise.all([
        relay.stop(),
        sums.stop(stopGraceMs),
        board.stop(stopGraceMs),
        planned.stop(plannedGraceMs),
      ])
      await stopGuard()
      await database.close()
      await settleWithin(batches.close(), stopGraceMs)
    },
  }
}

/** Deadlines go first where the two share a machine: a notice may be a second late, a breach may not. */
const niceness = 10

if (isProgram(import.meta.url)) {
  setPriority(niceness)
  await runWorkers('notices', [startNoticesWorker], process.env)
}
