import pg from 'pg'
import { PgBoss } from 'pg-boss'
import { createFire, type DueDeadline, listDue, monthMs, readSetup, servePeer } from './serve-peer.ts'

const setup = readSetup()
const name = 'fire'
const chunk = 5_000
let stop = async (): Promise<void> => {}

async function open(max: number): Promise<PgBoss> {
  // Maintenance and schedules would only take time from the jobs.
  const boss = new PgBoss({ connectionString: setup.databaseUrl, max, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  return boss
}

async function insert(boss: PgBoss, jobs: readonly DueDeadline[]): Promise<void> {
  for (let first = 0; first < jobs.length; first += chunk)
    await boss.insert(
      name,
      jobs.slice(first, first + chunk).map(({ id, dueAt }) => ({ data: { id }, startAfter: dueAt })),
    )
}

async function add(jobs: readonly DueDeadline[]): Promise<void> {
  const boss = await open(2)
  await insert(boss, jobs)
  await boss.stop({ graceful: false })
}

servePeer({
  async prepare() {
    const boss = await open(2)
    await boss.createQueue(name, { retryLimit: 0 })
    await boss.stop({ graceful: false })
  },
  async fill(count) {
    const dueAt = new Date(Date.now() + monthMs)
    await add(Array.from({ length: count }, () => ({ id: crypto.randomUUID(), dueAt })))
  },
  async enqueue(from, to) {
    await add(await listDue(setup.databaseUrl, from, to))
  },
  async work({ batchSize, workers, batched, connections }) {
    const boss = await open(Number(workers) + 2)
    const { fire, end } = createFire(setup, Number(connections), (jobs) => insert(boss, jobs))
    await boss.work<{ id: string }>(
      name,
      {
        batchSize: Number(batchSize),
        localConcurrency: Number(workers),
        // The shortest interval there is; a full batch is followed by the next one at once.
        pollingIntervalSeconds: 0.5,
        burstWhenBatchFull: true,
      },
      async (jobs) => {
        if (batched) await fire(jobs.map(({ data }) => data.id))
        else await Promise.all(jobs.map(({ data }) => fire([data.id])))
      },
    )
    stop = async () => {
      await boss.stop({ graceful: false })
      await end()
    }
  },
  async rest() {
    await stop()
    stop = async () => {}
    const client = new pg.Client({ connectionString: setup.databaseUrl })
    await client.connect()
    await client.query(`delete from pgboss.job where name = $1 and start_after < now() + interval '1 day'`, [
      name,
    ])
    await client.end()
  },
})
