import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import type { Contender } from './contenders.ts'
import { populateDue } from './populate.ts'
import { withClient } from './servers.ts'
import { type Distribution, distributionOf } from './statistics.ts'

export interface DueRound {
  /** Deadlines fired a second, from the moment that the first fell due until the last was done or time was up. */
  readonly perSecond: number
  readonly fired: number
  /** Detection − due by the database's clock, in ms; what was not fired counts with the time that it had been waiting. */
  readonly lag: Distribution
}

/** Time to spare between the last job's being added and the first deadline. */
const marginMs = 1_500
const pollMs = 20
/** How long preparing a round took the last time, in ms for each deadline, by contender. */
const preparing = new Map<string, number>()
const firstGuessMs = 0.6
/** Each attempt leaves the time that the one before took; a machine on which this many fail says nothing. */
const attemptsMax = 5

/**
 * Lets deadlines fall due while a contender is at work, and reads from the breaches how fast and how late they were
 * fired. A slow contender is stopped after `limitMs`; its rate is what it did until then.
 */
export async function runDueRound(
  contender: Contender,
  options: { count: number; spanMs: number; limitMs: number; signal: AbortSignal },
): Promise<DueRound> {
  const { count, spanMs, limitMs, signal } = options
  const { url } = contender.database
  return await withClient(url, async (client) => {
    await contender.work()
    try {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        signal.throwIfAborted()
        const each = preparing.get(contender.name) ?? firstGuessMs
        const startedAt = performance.now()
        const dueAt = (await readClock(client)) + Math.ceil(each * count * 1.3) + marginMs
        await populateDue({ url, count, dueAt, spanMs })
        await contender.enqueue(dueAt, dueAt + spanMs)
        preparing.set(contender.name, (performance.now() - startedAt) / count)
        const inTime = (await readClock(client)) < dueAt - marginMs / 3
        const round = await follow(client, {
          count,
          dueAt,
          spanMs,
          limitMs,
          signal,
        })
        // A job that was added when its deadline was due already proves nothing: the next attempt leaves more time.
        if (inTime) return round
      }
      throw new Error(`${contender.name}: ${count} deadlines could not be prepared before they fell due.`)
    } finally {
      await contender.rest()
    }
  })
}

async function follow(
  client: pg.Client,
  options: { count: number; dueAt: number; spanMs: number; limitMs: number; signal: AbortSignal },
): Promise<DueRound> {
  const { count, dueAt, spanMs, limitMs, signal } = options
  const window = [new Date(dueAt), new Date(dueAt + spanMs)]
  let now = await readClock(client)
  await wait(Math.max(0, dueAt - now), undefined, { signal })
  for (;;) {
    const { rows } = await client.query<{ open: boolean; now: Date }>({
      name: 'open',
      text: `select exists (select from deadlines where state = 'running' and due_at between $1 and $2) as open,
        clock_timestamp() as now`,
      values: window,
    })
    now = rows[0]?.now.getTime() ?? now
    if (rows[0]?.open === false || now - dueAt > limitMs + spanMs) break
    await wait(pollMs, undefined, { signal })
  }
  const { rows } = await client.query<{ lag: number }>(
    `select (extract(epoch from detected_at - due_at) * 1000)::float8 as lag from breaches
     where due_at between $1 and $2`,
    window,
  )
  const lags = rows.map(({ lag }) => lag)
  const unfired = Array.from({ length: Math.max(0, count - lags.length) }, () => now - dueAt - spanMs)
  return {
    perSecond: (lags.length / (now - dueAt)) * 1_000,
    fired: lags.length,
    lag: distributionOf([...lags, ...unfired]),
  }
}

export async function readClock(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now')
  return rows[0]?.now.getTime() ?? Number.NaN
}
