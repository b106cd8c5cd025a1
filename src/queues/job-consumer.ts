import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { OpenWorker, QueueBackend } from './queue-backend.ts'
import type { QueueDefinition, QueueJob } from './queue-definition.ts'
import { createReachabilityLog } from './reachability-log.ts'
import { settleWithin } from './settle-within.ts'

/** Pause before a consumer is built anew after a failure: bounded both ways, so that it neither spins nor sleeps. */
const rebuildDelayMs = 1_000
/** How long a consumer that is being replaced may take to finish the jobs in hand. */
const replaceGraceMs = 5_000
/**
 * BullMQ retries most errors at once and without end. More errors than this within a second mean that it spins;
 * then the consumer is closed and built anew after the pause.
 */
const errorsPerSecondMax = 5

export interface JobConsumer {
  /** Milliseconds since a job was last taken or finished, or since the consumer was built. */
  silentMs(): number
  /** Builds the consumer anew: for a watchdog that has found it silent while jobs wait. */
  rebuild(reason: string): void
  /** Takes no further job, and waits at most `graceMs` for those in hand. */
  close(graceMs: number): Promise<void>
}

interface ConsumerDependencies<J extends QueueJob> {
  readonly backend: QueueBackend
  readonly definition: QueueDefinition<J>
  readonly concurrency: number
  readonly handle: (job: J) => Promise<void>
  readonly logger: Logger
}

/**
 * Takes jobs from a queue and hands them to `handle`, and keeps that up: it starts without the backend, waits for it,
 * and survives its loss. An error of the handler is logged here and ends there.
 */
export function startJobConsumer<J extends QueueJob>(dependencies: ConsumerDependencies<J>): JobConsumer {
  const { backend, definition, concurrency, handle, logger } = dependencies
  const reachability = createReachabilityLog(logger, `${definition.name} consumer (${backend.kind})`)
  const stopping = new AbortController()
  const inHand = new Set<Promise<void>>()
  let lastWorkAt = performance.now()
  let current: { worker: OpenWorker; closing: Promise<void> | undefined; replace: () => void } | undefined
  let errorTimes: number[] = []

  async function process(raw: { name: string; data: unknown }): Promise<void> {
    const work = handleOne(raw)
    inHand.add(work)
    await work
    inHand.delete(work)
  }

  async function handleOne(raw: { name: string; data: unknown }): Promise<void> {
    lastWorkAt = performance.now()
    try {
      await handle(definition.schema.parse({ name: raw.name, data: raw.data }))
    } catch (error) {
      logger.error({ err: error, queue: definition.name, job: raw.name }, 'job failed')
    } finally {
      lastWorkAt = performance.now()
    }
  }

  /** Closing must begin synchronously, in the very error event: a spinning worker gives no timer a chance to run. */
  function replace(): void {
    if (current === undefined || current.closing !== undefined) return
    current.closing = current.worker.close()
    current.closing.catch(() => undefined)
    current.replace()
  }

  function onError(error: Error): void {
    if (stopping.signal.aborted) return
    reachability.down(error)
    const now = performance.now()
    errorTimes = [...errorTimes.filter((at) => now - at < 1_000), now]
    if (errorTimes.length > errorsPerSecondMax) replace()
  }

  async function supervise(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        errorTimes = []
        const request = { name: definition.name, concurrency, process, onError, onAnswer: reachability.up }
        const worker = await backend.openWorker(request)
        reachability.up()
        lastWorkAt = performance.now()
        const replaced = new Promise<void>((resolve) => {
          current = { worker, closing: undefined, replace: resolve }
        })
        if (stopping.signal.aborted) replace()
        await replaced
        await settleWithin(current?.closing ?? Promise.resolve(), replaceGraceMs)
        current = undefined
      } catch (error) {
        reachability.down(error)
      }
      await pause(rebuildDelayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const supervised = supervise()

  return {
    silentMs: () => performance.now() - lastWorkAt,
    rebuild(reason) {
      logger.warn({ queue: definition.name, reason }, 'consumer is built anew')
      replace()
    },
    async close(graceMs) {
      stopping.abort()
      replace()
      // BullMQ waits for the jobs in hand only while it can tell the backend of their end.
      await settleWithin(Promise.all([supervised, ...inHand]), graceMs)
    },
  }
}
