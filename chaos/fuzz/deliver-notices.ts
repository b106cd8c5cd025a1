import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { startChild } from '../../src/embedded/child-process.ts'
import { carriesMarker } from './personal-markers.ts'

/** Thousands of notices are delivered in seconds; a machine that others use takes longer. */
const limitMs = 120_000

/**
 * Lets a worker deliver every notice that is waiting, and listens to what Redis is told meanwhile.
 *
 * @returns what the worker has logged, and whether a personal datum went through Redis
 */
export async function deliverNotices(options: {
  databaseUrl: string
  redisUrl: string | undefined
  directory: string
  pool: pg.Pool
}): Promise<{ logged: string; leaks: boolean }> {
  const { databaseUrl, redisUrl, directory, pool } = options
  const logFile = join(directory, 'fuzz-notices.log')
  let leaks = false
  const redis = redisUrl === undefined ? undefined : new Redis(redisUrl)
  const monitor = await redis?.monitor()
  monitor?.on('monitor', (_time: string, words: string[]) => {
    leaks ||= words.some(carriesMarker)
  })
  const worker = await startChild({
    module: new URL('../../workers/notices.ts', import.meta.url),
    args: [],
    environment: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      ...(redisUrl === undefined ? { QUEUE_DATABASE_URL: databaseUrl } : { REDIS_URL: redisUrl }),
      QUEUE_PREFIX: `{fuzz-${randomBytes(4).toString('hex')}}`,
      LOG_LEVEL: 'debug',
    },
    logFile,
  })
  try {
    const giveUpAt = performance.now() + limitMs
    while ((await waitingNotices(pool)) > 0 && performance.now() < giveUpAt) await wait(200)
  } finally {
    await worker.stop()
    monitor?.disconnect()
    redis?.disconnect()
  }
  return { logged: readFileSync(logFile, 'utf8'), leaks }
}

async function waitingNotices(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    'select count(*)::int as waiting from outbox where offer_at is not null',
  )
  return rows[0]?.waiting ?? 0
}
