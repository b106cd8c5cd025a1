import type { JobProducer } from '../queues/job-producer.ts'
import type { NoticeJob } from '../queues/queue-definition.ts'
import { noticeJobId } from '../queues/queue-definition.ts'
import type { DeliverNotice, DeliveryDependencies } from './deliver-notice.ts'
import { findNextOffer, offerMs, pickDueNotices } from './outbox-rows.ts'

/** Notices that one statement picks. */
const batchSizeMax = 200
/** Batches in one round; what is left waits for the next, half a second later. */
const batchesMax = 10
/** With this many jobs waiting, more would only fill the queue's memory. */
const pendingMax = 5_000
/** Deliveries at a time when the relay has to do them itself. */
const directConcurrency = 10
/** What a direct delivery has not begun by then would be picked again while it is still at it. */
const directBudgetMs = offerMs / 2

export interface RelayDependencies extends Pick<DeliveryDependencies, 'db' | 'readClock' | 'metrics'> {
  readonly deliver: DeliverNotice
  readonly producer: Pick<JobProducer<NoticeJob>, 'add' | 'countPending'>
  /** Whether deadlines need the machine just now; the rest of a round is left to the next one then. */
  readonly isBusy: () => Promise<boolean>
}

/** Whether a notice is to be offered now. Mostly none is, and then this one question is all that a round costs. */
export async function isOfferDue({
  db,
  readClock,
}: Pick<RelayDependencies, 'db' | 'readClock'>): Promise<boolean> {
  const next = await findNextOffer(db)
  return next !== undefined && next <= (await readClock(db)).now
}

/**
 * One round of the relay: hands what is due to the queue, and delivers it itself where the queue cannot take it, so that
 * the loss of the queue delays nothing. Throws when the database fails.
 */
export async function offerNotices(dependencies: RelayDependencies, signal: AbortSignal): Promise<void> {
  const { db, readClock, producer, isBusy } = dependencies
  for (let batch = 0; batch < batchesMax && !signal.aborted; batch++) {
    if (((await producer.countPending()) ?? 0) >= pendingMax) return
    const { now } = await readClock(db)
    const ids = await pickDueNotices(db, now, batchSizeMax)
    if (ids.length === 0) return
    const jobs = ids.map((outboxId) => ({
      id: noticeJobId(outboxId),
      job: { name: 'deliver' as const, data: { outboxId } },
    }))
    if (!(await producer.add(jobs))) await deliverDirectly(dependencies, ids, signal)
    if (ids.length < batchSizeMax || (await isBusy())) return
  }
}

async function deliverDirectly(
  dependencies: RelayDependencies,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...ids]
  const endAt = performance.now() + directBudgetMs
  const lane = async (): Promise<void> => {
    while (!signal.aborted && performance.now() < endAt) {
      const id = waiting.shift()
      if (id === undefined) return
      const outcome = await dependencies.deliver(id)
      if (outcome === 'delivered') dependencies.metrics.direct.inc()
    }
  }
  await Promise.all(Array.from({ length: directConcurrency }, lane))
}
