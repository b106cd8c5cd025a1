import t from 'tap'
import { readDatabaseClock } from '../../src/database/clock.ts'
import { type ChildProgram, startChild } from '../../src/embedded/child-process.ts'
import { findFreePort } from '../../src/embedded/free-port.ts'
import { eventually } from '../queues/eventually.ts'
import { createTestDatabase } from '../support/database.ts'
import { randomQueuePrefix, testRedisUrl } from '../support/queue-connection.ts'
import { openIncidents, seedRegistry } from './open-incidents.ts'

type Tap = Parameters<typeof createTestDatabase>[0]

/** Starts one of workers/*.ts as a process of its own, on a free port. */
async function startWorker(t: Tap, name: 'deadlines' | 'notices', databaseUrl: string) {
  const port = await findFreePort()
  const redisUrl = testRedisUrl()
  const child: ChildProgram = await startChild({
    module: new URL(`../../workers/${name}.ts`, import.meta.url),
    args: [],
    environment: {
      PATH: process.env.PATH,
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      ...(redisUrl === undefined ? { QUEUE_DATABASE_URL: databaseUrl } : { REDIS_URL: redisUrl }),
      QUEUE_PREFIX: randomQueuePrefix(),
      LOG_LEVEL: 'fatal',
      WORKER_PORT: String(port),
    },
    logFile: undefined,
  })
  t.teardown(() => child.stop())
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5_000) })
    return { status: response.status, text: await response.text() }
  }
  const isAlive = async () => (await get('/livez').catch(() => ({ status: 0 }))).status === 200
  const tookMs = await eventually(isAlive, 30_000)
  if (tookMs > 30_000) throw new Error(`The ${name} worker does not answer its probes`)
  return { child, get }
}

t.test('both worker processes do their work, answer probes and end in order on SIGTERM', async (t) => {
  const { db, url } = await createTestDatabase(t)
  await seedRegistry(db, 500)
  const [deadlines, notices] = await Promise.all([
    startWorker(t, 'deadlines', url),
    startWorker(t, 'notices', url),
  ])
  await openIncidents({ db, readClock: readDatabaseClock }, 5)
  // Three rungs of three promises for each of five incidents: every one escalates or is exhausted, and is told.
  const delivered = async () => {
    const { count } = await db
      .selectFrom('outbox')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('delivered_at', 'is not', null)
      .executeTakeFirstOrThrow()
    return count
  }
  t.ok((await eventually(async () => (await delivered()) === 45, 30_000)) < 30_000, 'every breach is told')

  const metrics = (await deadlines.get('/metrics')).text
  t.match(metrics, /whistle_deadlines_settled_total 45/)
  t.match(metrics, /whistle_deadline_lag_seconds_count 45/)
  t.match(metrics, /whistle_deadline_ticks_total [1-9]/)
  t.match(metrics, /whistle_deadlines_overdue 0/)
  t.match((await notices.get('/metrics')).text, /whistle_notices_delivered_total 45/)
  t.match((await notices.get('/metrics')).text, /whistle_notices_undelivered 0/)
  t.equal((await notices.get('/else')).status, 404)

  for (const { child } of [deadlines, notices]) {
    const startedAt = performance.now()
    process.kill(child.pid, 'SIGTERM')
    t.equal(await child.exited, 'exited with code 0')
    t.ok(performance.now() - startedAt < 10_000)
  }
})
