import { Redis } from 'ioredis'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { startDeadlineWakers } from '../../src/deadlines/deadline-wakers.ts'
import { startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { purgeStoredAnswers } from '../../src/idempotency/stored-answers.ts'
import { createQueueBackend } from '../../src/queues/create-queue-backend.ts'
import type { QueueBackend } from '../../src/queues/queue-backend.ts'
import { eventually } from '../queues/eventually.ts'
import { backendKinds, openTestBackend } from '../queues/queue-backends.ts'
import { redisFolder } from '../queues/redis-folder.ts'
import { createTestDatabase } from '../support/database.ts'
import { randomQueuePrefix } from '../support/queue-connection.ts'
import { openIncidents, seedRegistry } from './open-incidents.ts'

const logger = pino({ level: 'silent' })
type Tap = Parameters<typeof createTestDatabase>[0]

/** Wakers on a database of their own, where each promise runs out after a second, at each rung. */
async function startWakers(t: Tap, backend: QueueBackend) {
  const { db } = await createTestDatabase(t)
  await seedRegistry(db, 1_000)
  const registry = new Registry()
  const wakers = startDeadlineWakers({
    db,
    readClock: readDatabaseClock,
    settle: claimAndSettle,
    purge: purgeStoredAnswers,
    backend,
    concurrency: 3,
    registry,
    logger,
  })
  t.teardown(() => wakers.stop())
  const breached = () =>
    db
      .selectFrom('breaches')
      .select(['incident_id', 'due_at', 'detected_at'])
      .where('rung', '=', 'community')
      .execute()
  return {
    wakers,
    open: (count: number) => openIncidents({ db, readClock: readDatabaseClock }, count),
    breached,
    ticks: async () =>
      (await registry.getSingleMetric('whistle_deadline_ticks_total')?.get())?.values[0]?.value ?? 0,
    /** Waits for so many breaches at the first rung; returns their lags in milliseconds, or nothing after the limit. */
    async lags(count: number, limitMs: number) {
      const tookMs = await eventually(async () => (await breached()).length >= count, limitMs)
      if (tookMs === Number.POSITIVE_INFINITY) return undefined
      return (await breached()).map((row) => row.detected_at - row.due_at)
    },
  }
}

for (const kind of backendKinds) {
  t.test(`a tick of the queue on ${kind} settles what is due within its second`, async (t) => {
    const { open, lags, ticks, wakers } = await startWakers(t, await openTestBackend(t, kind))
    t.ok((await eventually(async () => (await ticks()) >= 1, 8_000)) < 8_000, 'ticks come')
    await open(40)
    const found = await lags(120, 10_000)
    t.equal(found?.length, 120)
    t.ok(Math.max(...(found ?? [Number.NaN])) < 1_000, `the longest lag is ${Math.max(...(found ?? []))} ms`)
    t.ok(wakers.sinceRoundMs() < 15_000, 'health sees a round of the plain loop')
  })
}

t.test(
  'deadlines outlive Redis',
  { skip: backendKinds.includes('redis') ? false : 'no Redis here' },
  async (t) => {
    const directory = redisFolder(t)
    const first = await startEmbeddedRedis({ directory })
    if (first === null) throw new Error('no redis-server on this machine')
    t.teardown(() => first.stop())
    const backend = createQueueBackend({ kind: 'redis', url: first.url, prefix: randomQueuePrefix() })
    const { open, lags, ticks } = await startWakers(t, backend)
    t.ok((await eventually(async () => (await ticks()) >= 1, 8_000)) < 8_000, 'ticks come')

    await t.test('flushed, it has its tick back within seconds', async (t) => {
      const redis = new Redis(first.url)
      await redis.flushall()
      redis.disconnect()
      const before = await ticks()
      const tookMs = await eventually(async () => (await ticks()) >= before + 3, 12_000)
      t.ok(tookMs < 10_000, `three more ticks after ${tookMs} ms`)
    })

    await t.test('stopped, deadlines are settled within six seconds all the same', async (t) => {
      await first.stop()
      const before = await ticks()
      await open(20)
      const found = await lags(60, 10_000)
      t.equal(found?.length, 60)
      t.ok(
        Math.max(...(found ?? [Number.NaN])) < 6_000,
        `the longest lag is ${Math.max(...(found ?? []))} ms`,
      )
      t.equal(await ticks(), before, 'without any tick')
    })

    await t.test('started again and empty, it ticks again by itself', async (t) => {
      const second = await startEmbeddedRedis({ directory, url: first.url })
      t.teardown(() => second?.stop())
      const before = await ticks()
      const tookMs = await eventually(async () => (await ticks()) >= before + 2, 15_000)
      t.ok(tookMs < 15_000, `two more ticks after ${tookMs} ms`)
    })
  },
)
