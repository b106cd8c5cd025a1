import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { startConsumerWatch } from '../queues/consumer-watch.ts'
import { startJobConsumer } from '../queues/job-consumer.ts'
import { createJobProducer } from '../queues/job-producer.ts'
import type { QueueBackend } from '../queues/queue-backend.ts'
import { type DeadlineJob, deadlinesQueue, drainJobId } from '../queues/queue-definition.ts'
import type { claimAndSettle } from './claim-and-settle.ts'
import { createDeadlineMetrics } from './deadline-metrics.ts'
import { createDrain } from './drain-overdue.ts'
import { untilNextDue } from './due-times.ts'
import { startPlainLoop } from './plain-loop.ts'
import { createFailureReport } from './report-failure.ts'
import { retryQuarantined } from './retry-quarantined.ts'
import { runTick } from './run-tick.ts'
import { startTickKeeper } from './tick-keeper.ts'

/** Fan-out jobs that may exist at a time, in all processes together. */
const fanOutMax = 4
/** How long one fan-out job drains before it ends; a further backlog calls for the next. */
const fanOutMs = 5_000
/** How long the batch in hand may take on the way out; a statement is cut off after 5 s in any case. */
const stopGraceMs = 8_000

export interface WakerDependencies {
  /** A pool of the deadlines' own, so that a burst of requests cannot hold them up. */
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly settle: typeof claimAndSettle
  /** Deletes a bite of what is past its time and returns how many rows it held. */
  readonly purge: (db: Kysely<Database>, now: Instant) => Promise<number>
  readonly backend: QueueBackend
  /** Jobs at a time. Each takes a connection of the pool, and the plain loop one more. */
  readonly concurrency: number
  readonly registry: Registry
  readonly logger: Logger
}

export interface DeadlineWakers {
  /** Milliseconds since the plain loop last got through a round. */
  sinceRoundMs(): number
  /** Finishes the batches in hand and stops, within seconds. */
  stop(): Promise<void>
}

/**
 * Starts the two wakers of a worker process (the third is every write to an incident): the queue's tick, which makes
 * deadlines prompt, and the plain loop, which makes them certain. Starts at once, whatever is reachable.
 */
export function startDeadlineWakers(dependencies: WakerDependencies): DeadlineWakers {
  const { db, readClock, settle, purge, backend, concurrency, registry, logger } = dependencies
  const stopping = new AbortController()
  const metrics = createDeadlineMetrics(registry)
  const settling = { db, readClock, onFailure: createFailureReport({ metrics, logger }) }
  const drain = createDrain({
    untilNextDue: () => untilNextDue(settling),
    settleBatch: (limit) => settle(settling, limit),
    metrics,
    logger,
  })
  const producer = createJobProducer({ backend, definition: deadlinesQueue, logger })
  const keeper = startTickKeeper({ producer, logger })

  async function retry(): Promise<void> {
    const lagsMs = await retryQuarantined(settling)
    metrics.settled.inc(lagsMs.length)
  }

  function fanOut(): void {
    const job = { name: 'drain', data: {} } as const
    const jobs = Array.from({ length: fanOutMax }, (_, slot) => ({ id: drainJobId(slot), job }))
    // The tick goes on draining whether or not somebody comes to help.
    producer.add(jobs).catch(() => undefined)
  }

  async function handle(job: DeadlineJob): Promise<void> {
    switch (job.name) {
      case 'tick':
        metrics.ticks.inc()
        keeper.noteTick()
        return await runTick({ drain, fanOut }, stopping.signal)
      case 'drain':
        await drain({ signal: stopping.signal, endAt: performance.now() + fanOutMs })
    }
  }

  const consumer = startJobConsumer({ backend, definition: deadlinesQueue, concurrency, handle, logger })
  const watch = startConsumerWatch({ consumer, producer, name: deadlinesQueue.name, logger })
  const plain = startPlainLoop({ db, readClock, drain, retry, purge, logger })

  return {
    sinceRoundMs: plain.sinceSuccessMs,
    async stop() {
      stopping.abort()
      await Promise.all([
        keeper.stop(stopGraceMs),
        watch.stop(stopGraceMs),
        plain.stop(stopGraceMs),
        consumer.close(stopGraceMs),
      ])
      await producer.close()
    },
  }
}
