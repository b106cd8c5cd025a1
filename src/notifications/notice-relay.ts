import type { Registry } from 'prom-client'
import { startConsumerWatch } from '../queues/consumer-watch.ts'
import { startJobConsumer } from '../queues/job-consumer.ts'
import { createJobProducer } from '../queues/job-producer.ts'
import type { QueueBackend } from '../queues/queue-backend.ts'
import { noticesQueue } from '../queues/queue-definition.ts'
import { startRoundLoop } from '../queues/round-loop.ts'
import { createDelivery, type DeliveryDependencies } from './deliver-notice.ts'
import { createNoticeMetrics } from './notice-metrics.ts'
import { isOfferDue, offerNotices } from './offer-notices.ts'

const relayEveryMs = 500
/** Receivers take their time, and a delivery that waits for one holds no connection of the pool. */
const deliveriesAtATime = 20
/** Longer than a receiver may take, so that an attempt in hand is marked before the process ends. */
const stopGraceMs = 8_000

/**
 * Rounds that the relay leaves out at most while deadlines burst, 5 s in all: a notice may come a little later, but it must
 * come, however long an outage's backlog takes.
 */
const roundsYieldedMax = 10

export type NoticeDependencies = Omit<DeliveryDependencies, 'metrics'> & {
  /** Whether deadlines need the machine just now. */
  readonly isBusy: () => Promise<boolean>
  readonly backend: QueueBackend
  readonly registry: Registry
}

export interface NoticeRelay {
  /** Milliseconds since the relay last got through a round. */
  sinceRoundMs(): number
  /** Finishes the deliveries in hand and stops, within seconds. */
  stop(): Promise<void>
}

/** Starts offering what is in the outbox to the queue, and delivering what comes out of it. */
export function startNoticeRelay({ backend, registry, isBusy, ...rest }: NoticeDependencies): NoticeRelay {
  const { logger } = rest
  const metrics = createNoticeMetrics(registry)
  const deliver = createDelivery({ ...rest, metrics })
  const producer = createJobProducer({ backend, definition: noticesQueue, logger })
  const consumer = startJobConsumer({
    backend,
    definition: noticesQueue,
    concurrency: deliveriesAtATime,
    logger,
    async handle({ data }) {
      await deliver(data.outboxId)
    },
  })
  const watch = startConsumerWatch({ consumer, producer, name: noticesQueue.name, logger })
  let yielded = 0
  const relay = startRoundLoop({
    name: 'notice relay',
    intervalMs: relayEveryMs,
    logger,
    async round(signal) {
      if (!(await isOfferDue(rest))) return
      yielded = yielded < roundsYieldedMax && (await isBusy()) ? yielded + 1 : 0
      if (yielded === 0) await offerNotices({ ...rest, metrics, deliver, producer, isBusy }, signal)
    },
  })
  return {
    sinceRoundMs: relay.sinceSuccessMs,
    async stop() {
      await Promise.all([relay.stop(stopGraceMs), watch.stop(stopGraceMs), consumer.close(stopGraceMs)])
      await producer.close()
    },
  }
}
