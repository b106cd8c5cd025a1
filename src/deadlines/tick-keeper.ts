import type { Logger } from 'pino'
import type { JobProducer } from '../queues/job-producer.ts'
import { type DeadlineJob, tickSchedulerId } from '../queues/queue-definition.ts'
import { startRoundLoop } from '../queues/round-loop.ts'

const tickEveryMs = 1_000
const lookEveryMs = 2_000
/** The scheduler is registered again this often in any case. */
const registerEveryMs = 60_000
/** Three missing ticks look like a queue that was emptied: it is registered again then and there. */
const missingAfterMs = 3_000
/**
 * After this long the registration itself is made anew: a host whose clock was ahead may have set the next tick far
 * into the future, and registering keeps that time.
 */
const staleAfterMs = 10_000

export interface TickKeeper {
  /** To be called with each tick that comes. */
  noteTick(): void
  stop(graceMs: number): Promise<void>
}

/**
 * Keeps the tick coming. Whatever happens to the queue's contents, the scheduler is back seconds later. A process whose
 * siblings get the ticks registers it too, which changes nothing.
 */
export function startTickKeeper(dependencies: {
  producer: Pick<JobProducer<DeadlineJob>, 'repeat' | 'forget'>
  logger: Logger
}): TickKeeper {
  const { producer, logger } = dependencies
  let tickedAt = performance.now()
  let registeredAt = Number.NEGATIVE_INFINITY
  let forgottenAt = performance.now()

  async function round(): Promise<void> {
    const now = performance.now()
    const silentMs = now - tickedAt
    if (silentMs < missingAfterMs && now - registeredAt < registerEveryMs) return
    if (silentMs >= staleAfterMs && now - forgottenAt >= staleAfterMs) {
      await producer.forget(tickSchedulerId)
      forgottenAt = now
    }
    if (await producer.repeat(tickSchedulerId, tickEveryMs, { name: 'tick', data: {} })) registeredAt = now
  }

  const loop = startRoundLoop({ name: 'tick keeper', intervalMs: lookEveryMs, logger, round })
  return {
    noteTick() {
      tickedAt = performance.now()
    },
    stop: loop.stop,
  }
}
