import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { type Process, processorSeconds } from './processes.ts'
import type { RunContext } from './run-context.ts'
import { withClient } from './servers.ts'

/** The plain loop's rounds and the tick have come back to rest by then. */
const settleMs = 2_000
const windowMs = 5_000
const windows = 3
/** A session that ends within a window is counted up to when it was last looked at. */
const lookEveryMs = 500

/**
 * What a worker uses of a core while nothing is due: its process, and the backends of its sessions. What Postgres does on its
 * own account, autovacuum and checkpoints of what the rounds before have written, is not what a worker costs, and an API that
 * runs on the same database counts only with its guard of the clock, whose session is called like the worker's. Each window is a
 * round.
 */
export async function measureIdle(context: RunContext, workers: readonly Process[]): Promise<void> {
  const { servers, largest, measurements, signal, options } = context
  if (servers.postgresPid === undefined) {
    measurements.note('The idle cost needs a Postgres of our own, whose processes can be read.')
    return
  }
  await withClient(largest.url, async (client) => {
    // Nor is stepping over what the rounds before left in the indexes, which autovacuum would have come to sooner or later.
    await client.query('vacuum analyze deadlines')
    await client.query('vacuum analyze incidents')
    await wait(settleMs, undefined, { signal })
    for (let window = 0; window < (options.short ? 1 : windows); window += 1) {
      const used = await secondsUsed(
        async () => [...workers.map(({ pid }) => pid), ...(await workerBackends(client))],
        { lookEveryMs, windowMs, signal },
      )
      measurements.add(
        {
          part: 'deadlines',
          name: 'deadlines.ours.idle',
          label: { zh: '本系统：空闲时占用一个核', en: 'ours: of a core while nothing is due' },
          unit: '%',
        },
        largest.incidents,
        (used / (windowMs / 1_000)) * 100,
      )
    }
  })
}

/** The sessions that a deadline worker opens, by the names that it gives them. */
const sessionNames = ['whistle deadlines', 'whistle clock'] as const

/** The processes behind the sessions of deadline workers on the database that one is connected to. */
export async function workerBackends(client: Pick<pg.Client, 'query'>): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name = any ($1)`,
    [sessionNames],
  )
  return rows.map(({ pid }) => pid)
}

/**
 * Processor time, in seconds, that processes use within a window. Which those are is asked again at each look: one that comes up
 * meanwhile counts from its beginning.
 */
export async function secondsUsed(
  list: () => Promise<readonly number[]>,
  { lookEveryMs, windowMs, signal }: { lookEveryMs: number; windowMs: number; signal: AbortSignal },
): Promise<number> {
  const before = await secondsOf(list)
  const latest = new Map(before)
  const endAt = performance.now() + windowMs
  for (let leftMs = windowMs; leftMs > 0; leftMs = endAt - performance.now()) {
    await wait(Math.min(lookEveryMs, leftMs), undefined, { signal })
    for (const [pid, seconds] of await secondsOf(list)) latest.set(pid, seconds)
  }
  let used = 0
  for (const [pid, seconds] of latest) used += seconds - (before.get(pid) ?? 0)
  return used
}

async function secondsOf(list: () => Promise<readonly number[]>): Promise<Map<number, number>> {
  const seconds = new Map<number, number>()
  for (const pid of await list()) {
    try {
      seconds.set(pid, processorSeconds(pid))
    } catch {
      // It ended between being listed and being read.
    }
  }
  return seconds
}
