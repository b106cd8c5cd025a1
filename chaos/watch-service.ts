import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Span } from './checks/windows.ts'

const lookEveryMs = 200
/** Postgres is there where it answers within this. */
const answerMs = 1_000
/** The machine stands still where it lets the supervisor wait for so much longer than it asked to. */
const stallMs = 700

/** On a machine where somebody waits for a processor for more of the time than this, no time that was taken means anything. */
const busyPercent = 90
/** The kernel's shortest average. */
const pressureMs = 10_000

/** The share of the last ten seconds in which some process was ready to run and had no processor, in percent. */
function cpuPressure(): number {
  try {
    return Number(/^some avg10=([\d.]+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** What the supervisor saw of the machine and of Postgres, by the true clock. */
export interface ServiceWatch {
  readonly outages: Span[]
  readonly stalls: Span[]
  /** When somebody waited for a processor nearly all the time, for ten seconds on end. Unknown on old kernels. */
  readonly busy: Span[]
  stop(): Promise<void>
}

/** Asks Postgres several times a second, past every proxy, whether it is there, and notes when it was not. */
export function watchService(databaseUrl: string): ServiceWatch {
  const outages: Span[] = []
  const stalls: Span[] = []
  const busy: Span[] = []
  const stopping = new AbortController()
  let client: pg.Client | undefined

  async function ask(): Promise<void> {
    if (client === undefined) {
      const fresh = new pg.Client({
        connectionString: databaseUrl,
        connectionTimeoutMillis: answerMs,
        query_timeout: answerMs,
        application_name: 'chaos watch',
      })
      fresh.on('error', () => undefined)
      await fresh.connect()
      client = fresh
    }
    await client.query('select 1')
  }

  async function run(): Promise<void> {
    let goodAt = Date.now()
    while (!stopping.signal.aborted) {
      const askedAt = performance.now()
      try {
        await ask()
        const now = Date.now()
        if (performance.now() - askedAt > answerMs) outages.push({ from: goodAt, until: now })
        goodAt = now
      } catch {
        const broken = client
        client = undefined
        broken?.end().catch(() => undefined)
        outages.push({ from: goodAt, until: Date.now() })
        await wait(lookEveryMs)
        // Until it answers again, the outage lasts.
        continue
      }
      await pauseAndMeasure()
      // A span of an outage ends where Postgres answered, not where it was asked last.
      const last = outages.at(-1)
      if (last !== undefined && last.until >= goodAt - lookEveryMs)
        outages[outages.length - 1] = { ...last, until: goodAt }
    }
    await client?.end().catch(() => undefined)
  }

  async function pauseAndMeasure(): Promise<void> {
    const pausedAt = performance.now()
    await wait(lookEveryMs)
    const overslept = performance.now() - pausedAt - lookEveryMs
    if (cpuPressure() > busyPercent) busy.push({ from: Date.now() - pressureMs, until: Date.now() })
    if (overslept > stallMs) stalls.push({ from: Date.now() - overslept - lookEveryMs, until: Date.now() })
  }

  const running = run()
  return {
    outages,
    stalls,
    busy,
    async stop() {
      stopping.abort()
      await running
    },
  }
}
