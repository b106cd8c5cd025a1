import type { Logger } from 'pino'
import type { Round } from './claim-and-settle.ts'
import type { DeadlineMetrics } from './deadline-metrics.ts'

/** Claims up to `limit` overdue deadlines and settles them in one transaction: claim-and-settle.ts. */
export type SettleBatch = (limit: number) => Promise<Pick<Round, 'handled' | 'lagsMs'>>

/**
 * Deadlines in one transaction. Fewer cost more commits: at 500 a deadline costs a third less of this process than at 200. More
 * hold their locks longer against those who act on them just now.
 */
const batchSizeMax = 500
/**
 * One batch that was at least half full makes a backlog: more is claimed at once, and another claimer works while this one waits
 * for Postgres.
 */
const backlogBatches = 1
/**
 * What has been overdue for longer than this was left over by an outage: a promise of promptness that nobody can keep any more,
 * and for whose sake requests must not wait. Longer than anything takes that works, with Redis or without.
 */
const leftOverMs = 10_000
/** So many drains of a process work that off. One takes turns with Postgres, and leaves requests half of two cores. */
const clearersMax = 1
/** While the database is away every attempt fails; of so many, one is logged. */
const failuresLoggedEvery = 100

const nothing = { handled: 0, lagsMs: [] } as const

export interface DrainOptions {
  /** The process wants to stop: the batch in hand is finished, no other is begun. */
  readonly signal: AbortSignal
  /** When to leave the rest to the next round, by `performance.now()`. */
  readonly endAt: number
  /** Called, perhaps several times, where more is overdue than a few batches hold. */
  readonly onBacklog?: () => void
}

/**
 * `empty`: what was overdue is settled, but for what fell due meanwhile; `dueInMs` is when the next deadline falls due,
 * undefined where none does, 0 where that was not asked after a batch, and less than 0 where one is overdue that somebody
 * else is about to settle. `failed`: for the reason that was logged.
 */
export type DrainOutcome =
  | { readonly end: 'empty'; readonly dueInMs: number | undefined }
  | { readonly end: 'unfinished' | 'failed' }
export type Drain = (options: DrainOptions) => Promise<DrainOutcome>

/**
 * Makes the function that all wakers share: it claims until nothing is due, and looks before it claims, because mostly
 * nothing is and a look costs a fraction. Never throws; what goes wrong is logged and counted, and the next round tries again.
 */
export function createDrain(dependencies: {
  /** As untilNextDue says: less than 0 where something is overdue. */
  untilNextDue: () => Promise<number | undefined>
  settleBatch: SettleBatch
  metrics: DeadlineMetrics
  logger: Logger
}): Drain {
  const { untilNextDue, settleBatch, metrics, logger } = dependencies
  let failures = 0
  const clearers = new Set<symbol>()

  return async (options) => {
    const me = Symbol('drain')
    try {
      return await drain(options, me)
    } finally {
      clearers.delete(me)
    }
  }

  async function drain({ signal, endAt, onBacklog }: DrainOptions, me: symbol): Promise<DrainOutcome> {
    let full = 0
    while (!signal.aborted) {
      try {
        const dueInMs = await untilNextDue()
        const isLeftOver = dueInMs !== undefined && dueInMs < -leftOverMs
        if (isLeftOver && clearers.size < clearersMax) clearers.add(me)
        if (isLeftOver && !clearers.has(me)) return { end: 'unfinished' }
        const { handled, lagsMs } =
          dueInMs !== undefined && dueInMs < 0 ? await settleBatch(batchSizeMax) : nothing
        if (failures > 0) logger.info({ failures }, 'overdue deadlines are settled again')
        failures = 0
        // What is overdue still is in other hands, or nobody's to settle now: asking again at once would spin.
        if (handled === 0) return { end: 'empty', dueInMs }
        metrics.settled.inc(lagsMs.length)
        for (const lagMs of lagsMs) metrics.lag.observe(lagMs / 1000)
        // What has fallen due during the batch is settled together with what does so in the next moments.
        if (Math.max(handled, lagsMs.length) < batchSizeMax / 2) return { end: 'empty', dueInMs: 0 }
        if (!isLeftOver) full += 1
      } catch (error) {
        metrics.failures.inc()
        failures += 1
        if (failures % failuresLoggedEvery === 1)
          logger.error({ err: error, failures }, 'overdue deadlines could not be settled')
        return { end: 'failed' }
      }
      if (full >= backlogBatches) onBacklog?.()
      if (performance.now() >= endAt) return { end: 'unfinished' }
    }
    return { end: 'unfinished' }
  }
}
