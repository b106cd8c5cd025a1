import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import pg from 'pg'
import { coalesce, createFire, monthMs, readSetup, servePeer } from './serve-peer.ts'

const setup = readSetup()
const quiet = new Logger(() => () => {})
/** Jobs added by one call: a call for each would notify as often, and Postgres compares a transaction's notifications. */
const chunk = 5_000
let stop = async (): Promise<void> => {}

async function query(text: string, values: readonly unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: setup.databaseUrl })
  await client.connect()
  try {
    await client.query(text, [...values])
  } finally {
    await client.end()
  }
}

servePeer({
  async prepare() {
    const utils = await makeWorkerUtils({ connectionString: setup.databaseUrl, logger: quiet })
    await utils.migrate()
    await utils.release()
  },
  async fill(count) {
    const runAt = new Date(Date.now() + monthMs)
    for (let first = 0; first < count; first += chunk)
      await query(
        `select count(*) from graphile_worker.add_jobs(array(
           select ('fire', json_build_object('id', gen_random_uuid()), null, $2::timestamptz, null, null, null,
             null)::graphile_worker.job_spec from generate_series(1, $1)))`,
        [Math.min(chunk, count - first), runAt],
      )
  },
  async enqueue(from, to) {
    await query(
      `select count(*) from graphile_worker.add_jobs(array(
         select ('fire', json_build_object('id', incident_id), null, due_at + interval '1 ms', 1, null, null,
           null)::graphile_worker.job_spec
         from deadlines where state = 'running' and due_at between $1 and $2))`,
      [new Date(from), new Date(to)],
    )
  },
  async work({ concurrency, localQueue, coalesced, pollMs }) {
    const utils = await makeWorkerUtils({ connectionString: setup.databaseUrl, logger: quiet })
    const { fire, end } = createFire(setup, coalesced ? 2 : Number(concurrency), async (jobs) => {
      await utils.addJobs(
        jobs.map(({ id, dueAt }) => ({ identifier: 'fire', payload: { id }, runAt: dueAt, maxAttempts: 1 })),
      )
    })
    const handle = coalesced ? coalesce(fire, 2) : (id: string) => fire([id])
    const runner = await run({
      preset: {
        worker: {
          connectionString: setup.databaseUrl,
          concurrentJobs: Number(concurrency),
          maxPoolSize: 12,
          pollInterval: Number(pollMs),
          localQueue: { size: Number(localQueue) },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
          logger: quiet,
        },
      },
      noHandleSignals: true,
      taskList: {
        fire: async (payload) => {
          if (typeof payload !== 'object' || payload === null || !('id' in payload)) throw new Error('no id')
          await handle(String(payload.id))
        },
      },
    })
    stop = async () => {
      await runner.stop().catch(() => {})
      await end()
      await utils.release()
    }
  },
  async rest() {
    await stop()
    stop = async () => {}
    await query(`delete from graphile_worker._private_jobs where run_at < now() + interval '1 day'`, [])
  },
})
