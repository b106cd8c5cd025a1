import type { Kysely } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { waitMaxMs } from '../database/waiting.ts'
import { Problem } from '../http/problems/problem.ts'
import { addToCounts, type Counted, windowMs } from './count-requests.ts'

/** How much of something may come from one subject within a window. */
export interface RateLimit {
  readonly name: string
  /** Requests of one subject within a window. */
  readonly quota: number
  /**
   * How many requests a process counts by itself before it tells Postgres. 1 is exact; with more, each process lets through
   * so many above the quota at the most, and whoever sends less than that costs no statement.
   */
  readonly inOne: number
}

export interface RateLimiter {
  /**
   * Counts a request.
   *
   * @returns the headers that tell the caller how much is left (draft-ietf-httpapi-ratelimit-headers)
   * @throws Problem `rate_limited` with Retry-After where there was too much, `busy` where counting takes too long, and what
   *   the database throws: who cannot be counted is not let in
   */
  take(limit: RateLimit, subject: string): Promise<Readonly<Record<string, string>>>
}

/** What a process knows of a subject by itself: so many at the most, the oldest are forgotten first. */
const knownMax = 20_000
/** More than can be counted within the time that anybody waits for it. */
const waitingMax = 2_000
/** Subjects of one statement. */
const batchMax = 200

interface Known {
  /** Requests that Postgres has not been told of. */
  untold: number
  /** The quota is used up. */
  over: boolean
  /** When the window ends, in terms of `performance.now()`; until that is known, a window from the first request on. */
  endsAt: number
}

interface Waiting extends Counted {
  readonly name: string
  resolve(count: number, endsAt: number): void
  reject(error: unknown): void
}

/**
 * Counts requests in Postgres, over all processes, by the clock that decides. One statement is under way; whoever comes
 * meanwhile is counted by the next one, so that a flood holds one connection and no more.
 */
export function createRateLimiter({
  db,
  readClock,
}: {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}): RateLimiter {
  const known = new Map<string, Known>()
  let waiting: Waiting[] = []
  let working = false

  return {
    async take(limit, subject) {
      const name = `${limit.name}\n${subject}`
      const before = knownOf(name)
      if (before.over) throw limited(limit, before.endsAt)
      before.untold += 1
      if (before.untold < limit.inOne) return policyOf(limit)
      const requests = before.untold
      before.untold = 0
      const { count, endsAt } = await counted({ limit: limit.name, subject, requests, name })
      if (count > limit.quota) {
        remember(name, { untold: 0, over: true, endsAt })
        throw limited(limit, endsAt)
      }
      return { ...policyOf(limit), ratelimit: remaining(limit, limit.quota - count, endsAt) }
    },
  }

  function knownOf(name: string): Known {
    const found = known.get(name)
    if (found !== undefined && performance.now() < found.endsAt) return found
    return remember(name, { untold: 0, over: false, endsAt: performance.now() + windowMs })
  }

  function remember(name: string, what: Known): Known {
    known.delete(name)
    known.set(name, what)
    const [oldest] = known.keys()
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest)
    return what
  }

  function counted(what: Omit<Waiting, 'resolve' | 'reject'>): Promise<{ count: number; endsAt: number }> {
    if (waiting.length >= waitingMax) throw new Problem('busy')
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Problem('busy')), waitMaxMs)
      waiting.push({
        ...what,
        resolve(count, endsAt) {
          clearTimeout(timer)
          resolve({ count, endsAt })
        },
        reject(error) {
          clearTimeout(timer)
          reject(error)
        },
      })
      if (!working) void workOff()
    })
  }

  async function workOff(): Promise<void> {
    working = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchMax)
      waiting = waiting.slice(batchMax)
      try {
        await count(batch)
      } catch (error) {
        for (const each of batch) each.reject(error)
      }
    }
    working = false
  }

  async function count(batch: readonly Waiting[]): Promise<void> {
    const groups = new Map<string, { readonly sum: Counted; readonly each: Waiting[] }>()
    for (const one of batch) {
      const { sum, each } = groups.get(one.name) ?? { sum: { ...one, requests: 0 }, each: [] }
      groups.set(one.name, {
        sum: { ...sum, requests: sum.requests + one.requests },
        each: [...each, one],
      })
    }
    const sums = [...groups.values()].map(({ sum }) => sum)
    const { now } = await readClock(db)
    const endsAt = performance.now() + windowMs - (now % windowMs)
    const counts = await addToCounts(db, now, sums)
    for (const [index, { sum, each }] of [...groups.values()].entries()) {
      // Those of one statement are told as if they had come one after the other.
      let so = (counts[index] ?? 0) - sum.requests
      for (const one of each) {
        so += one.requests
        one.resolve(so, endsAt)
      }
    }
  }
}

function policyOf({ name, quota }: RateLimit): Record<string, string> {
  return { 'ratelimit-policy': `"${name}";q=${quota};w=${windowMs / 1000}` }
}

function remaining({ name }: RateLimit, left: number, endsAt: number): string {
  return `"${name}";r=${left};t=${secondsUntil(endsAt)}`
}

function secondsUntil(endsAt: number): number {
  return Math.max(1, Math.ceil((endsAt - performance.now()) / 1000))
}

function limited(limit: RateLimit, endsAt: number): Problem {
  return new Problem('rate_limited', {
    headers: { ...policyOf(limit), ratelimit: remaining(limit, 0, endsAt) },
    retryAfterSeconds: secondsUntil(endsAt),
  })
}
