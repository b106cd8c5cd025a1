import { waitMaxMs } from '../database/waiting.ts'
import { databaseOutage } from '../http/database-outage.ts'
import { Problem } from '../http/problem.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { createFairQueue } from './fair-queue.ts'
import { createLanes } from './lanes.ts'

const usualLimits = {
  /**
   * Requests of one transaction. More of them make each only a little cheaper, while all of them wait for the last: what is
   * gained by a larger batch is lost on one that fails.
   */
  batchMax: 64,
  /** About a second's work. What came later would hardly be done before its time for waiting is over. */
  waitingMax: 2_000,
  /**
   * How many may wait for one incident, or under one key. Never do so many people handle one case at once; at some 10 ms
   * each the last one waits for a third of a second.
   */
  laneMax: 32,
  /** Transactions of one request each beside that of the batch. Most connections are left to others. */
  aloneMax: 4,
  /** How long a request waits for its turn, a connection and locks together. */
  waitMaxMs,
}

export interface CoalescingLimits extends Readonly<typeof usualLimits> {
  /** How long it waits for its turn, where time has to be left for what it may wait for afterwards. */
  readonly turnMaxMs: number
}

/** A request that writes something. */
interface Keyed {
  readonly request: RequestKey
}

/** What is done with requests. */
export interface Coalescing<Work extends Keyed, Outcome> {
  /** What only one request at a time may have beside its key, and the one that came first has first. */
  readonly needs: (work: Work) => readonly string[]
  /**
   * Carries out a batch in one transaction, which waits for nothing that only one of the requests needs. Where it throws,
   * nothing was done.
   *
   * @param giveUpAt when the time of the first of them is over, in terms of `performance.now()`
   * @returns each one's outcome, in order; `alone` for what would have had to wait
   */
  readonly together: (works: readonly Work[], giveUpAt: number) => Promise<readonly (Outcome | 'alone')[]>
  /** Carries out one request in a transaction of its own, which may wait. */
  readonly alone: (work: Work, giveUpAt: number) => Promise<Outcome>
}

export interface CoalescedWork<Work, Outcome> {
  /**
   * Carries out a request together with whatever else has arrived.
   *
   * @throws Problem `busy` where it had to wait too long or too many wait, and whatever the transaction throws. Nothing was
   *   stored then, except where a COMMIT's answer was lost: the request's key tells.
   */
  submit(work: Work): Promise<Outcome>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

interface Waiting<Work, Outcome> {
  readonly work: Work
  readonly lanes: readonly string[]
  readonly turnEndsAt: number
  readonly giveUpAt: number
  readonly timer: NodeJS.Timeout
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/**
 * Works with one transaction in flight: whatever arrives meanwhile goes into the next one. Under load that saves most of
 * what a request costs; a lone one is carried out at once, because nothing waits for a timer. What would have made the
 * others wait, and each part of a transaction that failed, is carried out alone, beside the next batches.
 */
export function coalesce<Work extends Keyed, Outcome>(
  { needs, together, alone }: Coalescing<Work, Outcome>,
  limits: Partial<CoalescingLimits> = {},
): CoalescedWork<Work, Outcome> {
  type Entry = Waiting<Work, Outcome>
  const { batchMax, waitingMax, laneMax, aloneMax, waitMaxMs } = { ...usualLimits, ...limits }
  const { turnMaxMs = waitMaxMs } = limits
  const queue = createFairQueue<Entry>()
  /** Who waits or is under way. */
  const lanes = createLanes<Entry>()
  /** Who waits to be carried out alone. */
  const apart = new Set<Entry>()
  let batches = 0
  let loners = 0
  let whenIdle: (() => void)[] = []

  return {
    submit(work) {
      return new Promise((resolve, reject) => {
        const { principal, key } = work.request
        // Neither part of the second name holds a space.
        const names = [...needs(work), `${principal} ${key}`]
        if (lanes.longest(names) > laneMax) throw new Problem('busy')
        const now = performance.now()
        const timer = setTimeout(() => giveUp(entry), turnMaxMs)
        const times = { turnEndsAt: now + turnMaxMs, giveUpAt: now + waitMaxMs, timer }
        const entry: Entry = { work, lanes: names, ...times, resolve, reject }
        lanes.enter(names, entry)
        queue.add(principal, entry)
        // Who sends most has to come back: a flood does not take others' places.
        const excess = queue.size + apart.size > waitingMax ? queue.takeFromLongest() : undefined
        if (excess !== undefined) fail(excess, new Problem('busy'))
        goOn()
      })
    },
    async idle() {
      if (batches + loners > 0) await new Promise<void>((resolve) => whenIdle.push(resolve))
    },
  }

  /** Whoever waits stands behind somebody who is under way, or goes now. */
  function goOn(): void {
    if (batches === 0) {
      const batch = queue.take(batchMax, (entry) => lanes.isFirst(entry.lanes, entry))
      if (batch.length > 0) void carryOutTogether(batch)
    }
    for (const entry of apart) {
      if (loners === aloneMax) break
      void carryOutAlone(entry)
    }
    if (batches + loners > 0) return
    for (const resolve of whenIdle) resolve()
    whenIdle = []
  }

  async function carryOutTogether(batch: readonly Entry[]): Promise<void> {
    batches += 1
    try {
      const giveUpAt = Math.min(...batch.map((entry) => entry.giveUpAt))
      const outcomes = await together(
        batch.map(({ work }) => work),
        giveUpAt,
      )
      for (const [index, entry] of batch.entries()) {
        const outcome = outcomes[index]
        if (outcome === undefined) fail(entry, new Error('A request of a batch has no outcome'))
        else if (outcome === 'alone') setApart(entry, new Problem('busy'))
        else succeed(entry, outcome)
      }
    } catch (error) {
      for (const entry of batch) {
        if (batch.length === 1) fail(entry, error)
        else setApart(entry, new Problem(databaseOutage(error) ?? 'busy', { cause: error }))
      }
    }
    batches -= 1
    goOn()
  }

  async function carryOutAlone(entry: Entry): Promise<void> {
    apart.delete(entry)
    loners += 1
    try {
      succeed(entry, await alone(entry.work, entry.giveUpAt))
    } catch (error) {
      fail(entry, error)
    }
    loners -= 1
    goOn()
  }

  /** @param late what it is told where its time for waiting is over */
  function setApart(entry: Entry, late: Problem): void {
    if (performance.now() < entry.turnEndsAt) apart.add(entry)
    else fail(entry, late)
  }

  /** Does nothing to what is under way. */
  function giveUp(entry: Entry): void {
    if (!queue.remove(entry.work.request.principal, entry) && !apart.delete(entry)) return
    fail(entry, new Problem('busy'))
    goOn()
  }

  function succeed(entry: Entry, outcome: Outcome): void {
    leave(entry)
    entry.resolve(outcome)
  }

  function fail(entry: Entry, error: unknown): void {
    leave(entry)
    entry.reject(error)
  }

  function leave(entry: Entry): void {
    clearTimeout(entry.timer)
    lanes.leave(entry.lanes, entry)
  }
}
