import type { Logger } from 'pino'
import { answerTimeoutMs, connectTimeoutMs, jobOptions } from './job-timing.ts'
import type { OpenQueue, ProducerQueue, QueueBackend } from './queue-backend.ts'
import type { QueueDefinition, QueueJob } from './queue-definition.ts'
import { createReachabilityLog } from './reachability-log.ts'
import { settleWithin } from './settle-within.ts'

/** How long a producer that failed answers "no" at once before it tries to connect again. */
const cooldownMs = 1_000

/** The most that one call may take: to connect and to be answered. */
const callTimeoutMs = connectTimeoutMs + answerTimeoutMs

/**
 * Puts jobs into a queue. Nothing here throws and nothing takes longer than a few seconds: whoever asks is told
 * whether the queue took it, and does without where it did not.
 */
export interface JobProducer<J extends QueueJob> {
  /** Adds jobs under the given ids; one whose id the queue still holds is not added twice. */
  add(jobs: readonly { id: string; job: J }[]): Promise<boolean>
  /** Makes sure that the job comes up every `everyMs`, whatever became of an earlier registration. */
  repeat(schedulerId: string, everyMs: number, job: J): Promise<boolean>
  /** Forgets a registration, for instance one that was made by a host whose clock was ahead. */
  forget(schedulerId: string): Promise<boolean>
  /** Jobs that wait or are delayed, or undefined where the queue does not answer. */
  countPending(): Promise<number | undefined>
  close(): Promise<void>
}

interface ProducerDependencies<J extends QueueJob> {
  readonly backend: QueueBackend
  readonly definition: QueueDefinition<J>
  readonly logger: Logger
}

export function createJobProducer<J extends QueueJob>(dependencies: ProducerDependencies<J>): JobProducer<J> {
  const { backend, definition, logger } = dependencies
  const reachability = createReachabilityLog(logger, `${definition.name} producer (${backend.kind})`)
  let opening: Promise<OpenQueue> | undefined
  let retryAt = 0
  let closed = false

  /** Drops a connection that failed, so that the next call makes a new one: the one way in which this recovers. */
  function drop(failed: Promise<OpenQueue>, error: unknown): void {
    if (opening !== failed) return
    reachability.down(error)
    opening = undefined
    retryAt = performance.now() + cooldownMs
    failed.then((open) => open.close()).catch(() => undefined)
  }

  function open(): Promise<OpenQueue> {
    const opened = backend.openQueue(definition.name, (error) => drop(opened, error))
    opening = opened
    return opened
  }

  async function use<T>(call: (queue: ProducerQueue) => Promise<T>): Promise<T | undefined> {
    if (closed || (opening === undefined && performance.now() < retryAt)) return undefined
    const current = opening ?? open()
    try {
      const answer = current.then((open) => call(open.queue))
      if (!(await settleWithin(answer, callTimeoutMs))) throw new Error('The queue did not answer in time')
      reachability.up()
      return await answer
    } catch (error) {
      drop(current, error)
      return undefined
    }
  }

  return {
    async add(jobs) {
      const bulk = jobs.map(({ id, job }) => {
        const { name, data } = definition.schema.parse(job)
        return { name, data, opts: { ...jobOptions, jobId: id } }
      })
      return (await use((queue) => queue.addBulk(bulk))) !== undefined
    },
    async repeat(schedulerId, everyMs, job) {
      const { name, data } = definition.schema.parse(job)
      const template = { name, data, opts: jobOptions }
      const done = await use(async (queue) => {
        await queue.upsertJobScheduler(schedulerId, { every: everyMs }, template)
        return true
      })
      return done === true
    },
    async forget(schedulerId) {
      const done = await use(async (queue) => {
        await queue.removeJobScheduler(schedulerId)
        return true
      })
      return done === true
    },
    async countPending() {
      const counts = await use((queue) => queue.getJobCounts('wait', 'delayed'))
      return counts && (counts.wait ?? 0) + (counts.delayed ?? 0)
    },
    async close() {
      closed = true
      const current = opening
      opening = undefined
      if (current === undefined) return
      const closing = current.then((open) => open.close()).catch(() => undefined)
      await settleWithin(closing, callTimeoutMs)
    },
  }
}
