import { Queue, Worker } from 'bullmq'
import {
  coalesce,
  createFire,
  type DueDeadline,
  listDue,
  monthMs,
  readSetup,
  servePeer,
} from './serve-peer.ts'

const setup = readSetup()
const { hostname, port, password } = new URL(setup.redisUrl)
const connection = {
  host: hostname,
  port: Number(port),
  password: decodeURIComponent(password),
  maxRetriesPerRequest: null,
}
const prefix = '{bench-bullmq}'
const chunk = 1_000
// What is kept of a finished job would only cost.
const forget = { removeOnComplete: true, removeOnFail: true }

const queue = new Queue<{ id: string }>('fire', { connection, prefix })
let stop = async (): Promise<void> => {}

async function add(jobs: readonly DueDeadline[]): Promise<void> {
  for (let first = 0; first < jobs.length; first += chunk) {
    const now = Date.now()
    await queue.addBulk(
      jobs.slice(first, first + chunk).map(({ id, dueAt }) => ({
        name: 'fire',
        data: { id },
        opts: { delay: Math.max(0, dueAt.getTime() - now), ...forget },
      })),
    )
  }
}

servePeer({
  prepare: async () => {
    await queue.waitUntilReady()
  },
  async fill(count) {
    const dueAt = new Date(Date.now() + monthMs)
    await add(Array.from({ length: count }, () => ({ id: crypto.randomUUID(), dueAt })))
  },
  async enqueue(from, to) {
    await add(await listDue(setup.databaseUrl, from, to))
  },
  async work({ concurrency, coalesced }) {
    const { fire, end } = createFire(setup, coalesced ? 2 : Number(concurrency), add)
    const handle = coalesced ? coalesce(fire, 2) : (id: string) => fire([id])
    const worker = new Worker<{ id: string }>('fire', ({ data }) => handle(data.id), {
      connection,
      prefix,
      concurrency: Number(concurrency),
    })
    worker.on('error', () => {})
    await worker.waitUntilReady()
    stop = async () => {
      await worker.close(true)
      await end()
    }
  },
  async rest() {
    await stop()
    stop = async () => {}
    await queue.drain()
  },
})
