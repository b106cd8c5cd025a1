import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import t from 'tap'
import { startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { createQueueBackend } from '../../src/queues/create-queue-backend.ts'
import { startJobConsumer } from '../../src/queues/job-consumer.ts'
import { createJobProducer } from '../../src/queues/job-producer.ts'
import { queueSchema } from '../../src/queues/postgres-queue-backend.ts'
import type { QueueConnection } from '../../src/queues/queue-backend.ts'
import { type DeadlineJob, deadlinesQueue, drainJobId } from '../../src/queues/queue-definition.ts'
import { runStatement } from '../support/build-template.ts'
import { createTestDatabase } from '../support/database.ts'
import { randomQueuePrefix } from '../support/queue-connection.ts'
import { eventually } from './eventually.ts'
import { backendKinds } from './queue-backends.ts'
import { redisFolder } from './redis-folder.ts'

type Tap = Parameters<typeof createTestDatabase>[0]
const drain: DeadlineJob = { name: 'drain', data: {} }

function openQueue(t: Tap, connection: QueueConnection) {
  const lines: string[] = []
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line))
      done()
    },
  })
  const logger = pino({ level: 'info' }, sink)
  const backend = createQueueBackend(connection)
  const producer = createJobProducer({ backend, definition: deadlinesQueue, logger })
  let handled = 0
  const consumer = startJobConsumer({
    backend,
    definition: deadlinesQueue,
    concurrency: 1,
    logger,
    async handle() {
      handled += 1
    },
  })
  const close = async () => {
    await Promise.all([consumer.close(3_000), producer.close()])
  }
  t.teardown(close)
  let slot = 0
  /** Adds a job and waits for it; tries again while the queue does not take it. Returns the milliseconds it took. */
  const roundTrip = async (limitMs: number) => {
    const before = handled
    const tookMs = await eventually(async () => {
      slot += 1
      return await producer.add([{ id: drainJobId(slot), job: drain }])
    }, limitMs)
    return tookMs + (await eventually(() => handled > before, limitMs))
  }
  return { lines, producer, roundTrip, close }
}

t.test(
  'without Redis a queue neither hangs nor spins, and it is back when Redis is',
  {
    skip: backendKinds.includes('redis') ? false : 'no Redis here',
  },
  async (t) => {
    const directory = redisFolder(t)
    const first = await startEmbeddedRedis({ directory })
    if (first === null) throw new Error('no redis-server on this machine')
    await first.stop()
    const url = first.url
    const { lines, producer, roundTrip, close } = openQueue(t, {
      kind: 'redis',
      url,
      prefix: randomQueuePrefix(),
    })

    const cpu = process.cpuUsage()
    const askedAt = performance.now()
    for (let times = 0; times < 20; times++) {
      t.equal(await producer.add([{ id: drainJobId(1), job: drain }]), false)
      await pause(100)
    }
    t.equal(await producer.countPending(), undefined)
    const wallMs = performance.now() - askedAt
    const { user, system } = process.cpuUsage(cpu)
    t.ok(wallMs < 8_000, `each answer comes at once (${Math.round(wallMs)} ms)`)
    t.ok((user + system) / 1_000 < wallMs / 2, `${Math.round((user + system) / 1_000)} ms of work`)
    t.equal(lines.length, 2, 'producer and consumer say it once')

    const second = await startEmbeddedRedis({ directory, url })
    t.ok((await roundTrip(8_000)) < 8_000, 'started late, it is used')
    await second?.stop()
    await pause(1_500)
    t.equal(await producer.add([{ id: drainJobId(1), job: drain }]), false)
    const third = await startEmbeddedRedis({ directory, url })
    t.ok((await roundTrip(8_000)) < 8_000, 'started again, it is used again')
    t.ok(lines.length <= 8, `${lines.length} lines for two losses and two recoveries`)

    await third?.stop()
    await pause(500)
    const closedAt = performance.now()
    await close()
    t.ok(performance.now() - closedAt < 4_000, 'closing does not wait for Redis')
  },
)

t.test('a queue on Postgres survives the loss of its connections and keeps to its own schema', async (t) => {
  const { url } = await createTestDatabase(t)
  const prefix = randomQueuePrefix()
  const { lines, roundTrip } = openQueue(t, { kind: 'postgres', url, prefix })
  t.ok((await roundTrip(8_000)) < 8_000)
  for (let times = 0; times < 3; times++) {
    await runStatement(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name in ('whistle-queue', 'deadlines')`,
    )
    t.ok((await roundTrip(8_000)) < 8_000)
  }
  t.ok(lines.length <= 14, `${lines.length} lines for three losses`)
  const { rows } = await runStatement(
    url,
    `select distinct schemaname from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  t.strictSame(rows.map((row) => row.schemaname).toSorted(), [queueSchema(prefix), 'public'].toSorted())
  const inPublic = await runStatement(
    url,
    `select from pg_tables where schemaname = 'public' and tablename like '%job%'`,
  )
  t.equal(inPublic.rowCount, 0)
})

t.test('the schema’s name is made from the prefix and stays within what Postgres keeps', (t) => {
  t.equal(queueSchema('{whistle}'), 'bullmq_whistle')
  t.equal(queueSchema('{Whistle-Test-1}'), 'bullmq_whistle_test_1')
  t.ok(queueSchema('x'.repeat(100)).length <= 63)
  t.end()
})

t.test(
  'a worker closes for good while its blocking connection is between two attempts',
  { skip: backendKinds.includes('redis') ? false : 'no Redis here' },
  async (t) => {
    const server = await startEmbeddedRedis({ directory: redisFolder(t) })
    if (server === null) throw new Error('no redis-server on this machine')
    t.teardown(() => server.stop())
    const backend = createQueueBackend({ kind: 'redis', url: server.url, prefix: randomQueuePrefix() })
    const worker = await backend.openWorker({
      name: deadlinesQueue.name,
      concurrency: 1,
      async process() {},
      onError() {},
      onAnswer() {},
    })
    const redis = new Redis(server.url)
    t.teardown(() => redis.disconnect())
    const blocking = async (): Promise<string | undefined> =>
      /id=(\d+) .*cmd=bzpopmin/.exec(String(await redis.client('LIST')))?.[1]
    await eventually(async () => (await blocking()) !== undefined, 10_000)
    await redis.client('KILL', 'ID', Number(await blocking()))
    // Long enough for the worker to see it, and less than the 200 ms after which it tries again.
    await pause(50)
    const closed = worker.close().then(() => true)
    t.equal(await Promise.race([closed, pause(20_000, false, { ref: false })]), true)
  },
)
