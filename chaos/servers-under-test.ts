import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { Instance } from '../src/embedded/instance.ts'
import { EMBEDDED_DATABASE } from '../src/embedded/instance.ts'
import { type Kept, keepRunning } from '../src/embedded/keep-running.ts'
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts'
import { type EmbeddedRedis, startEmbeddedRedis } from '../src/embedded/redis.ts'
import { asOwner } from './chaos-clock.ts'

/** What falls here falls often: it comes back soon, however often it fell before. */
export const pauseMaxMs = 500

export interface PostgresUnderTest {
  /** As its owner, past every proxy. */
  readonly url: string
  readonly port: number
  /** The postmaster, while there is one. */
  pid(): number | undefined
  /** The postmaster's children: sessions and helpers alike. */
  childPids(): number[]
  /** The sessions of the product. */
  sessionPids(): Promise<number[]>
  stop(): Promise<void>
}

/** Starts a Postgres that comes back after each fall, under the same address. */
export async function keepPostgres(
  instance: Instance,
  log: (message: string) => void,
): Promise<PostgresUnderTest> {
  const directory = instance.postgresDirectory
  let port: number | undefined
  const kept = await keepRunning({
    name: 'Postgres',
    log,
    pauseMaxMs,
    async start() {
      const given = port === undefined ? {} : { port }
      const started = await startEmbeddedPostgres({ directory, database: EMBEDDED_DATABASE, log, ...given })
      port = started.port
      return started
    },
  })
  const pid = (): number | undefined => {
    try {
      const [first = ''] = readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')
      return Number(first) || undefined
    } catch {
      return undefined
    }
  }
  return {
    url: kept.current().url,
    port: kept.current().port,
    pid,
    childPids() {
      const parent = pid()
      return parent === undefined ? [] : childrenOf(parent)
    },
    async sessionPids() {
      const { rows } = await asOwner(kept.current().url, (client) =>
        client.query<{ pid: number }>(
          "select pid from pg_stat_activity where application_name like 'whistle %' order by pid",
        ),
      )
      return rows.map((row) => row.pid)
    },
    stop: () => kept.stop(),
  }
}

/** The processes whose parent a process is, from /proc. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent
      } catch {
        return false
      }
    })
}

export interface RedisUnderTest {
  readonly url: string
  readonly port: number
  pid(): Promise<number | undefined>
  isAway(): boolean
  /** Takes it away, until it is brought back, empty. */
  takeAway(): Promise<void>
  bringBack(): Promise<void>
  /** Sends one command; throws where it is not answered soon. */
  call(...command: [string, ...string[]]): Promise<unknown>
  stop(): Promise<void>
}

/** Starts a Redis that comes back after each fall; undefined where the machine has none. */
export async function keepRedis(
  instance: Instance,
  path: string,
  log: (message: string) => void,
): Promise<RedisUnderTest | undefined> {
  const directory = instance.redisDirectory
  const first = await startEmbeddedRedis({ directory, path })
  if (first === null) return undefined
  const { url } = first
  await first.stop()
  const keep = (): Promise<Kept<EmbeddedRedis>> =>
    keepRunning({
      name: 'Redis',
      log,
      pauseMaxMs,
      async start() {
        const started = await startEmbeddedRedis({ directory, path, url })
        if (started === null) throw new Error('redis-server is no longer on PATH')
        return started
      },
    })
  let kept: Kept<EmbeddedRedis> | undefined = await keep()
  const call = (...command: [string, ...string[]]): Promise<unknown> => callRedis(url, command)
  return {
    url,
    port: Number(new URL(url).port),
    async pid() {
      const info = String(await call('INFO', 'server').catch(() => ''))
      return Number(/^process_id:(\d+)/m.exec(info)?.[1]) || undefined
    },
    isAway: () => kept === undefined,
    async takeAway() {
      const gone = kept
      kept = undefined
      await gone?.stop()
    },
    async bringBack() {
      kept ??= await keep()
    },
    call,
    async stop() {
      await kept?.stop()
      kept = undefined
    },
  }
}

async function callRedis(url: string, [name, ...args]: [string, ...string[]]): Promise<unknown> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 5_000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return await redis.call(name, ...args)
  } finally {
    redis.disconnect()
  }
}
