import {
  assertSchemaCompatibility,
  createPostgresBackend,
  Queue,
  runMigrations,
  SchemaMigrationRequiredError,
  Worker,
} from 'bullmq'
import pg from 'pg'
import { answerTimeoutMs, connectTimeoutMs, jobOptions, workerTiming } from './job-timing.ts'
import type { OpenQueue, OpenWorker, QueueBackend, WorkerRequest } from './queue-backend.ts'

/**
 * The schema that holds the jobs, derived from the prefix: `{whistle}` becomes `bullmq_whistle`. It is apart from the
 * application's own tables, so that a queue can be dropped and rebuilt without touching anything that lasts.
 */
export function queueSchema(prefix: string): string {
  const word = prefix
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
  // Postgres cuts names at 63 bytes.
  return `bullmq_${word}`.slice(0, 63)
}

/** BullMQ on its own Postgres backend: what makes `npm ci` alone give a complete system where no Redis is to be had. */
export function createPostgresQueueBackend({ url, prefix }: { url: string; prefix: string }): QueueBackend {
  const schema = queueSchema(prefix)

  /**
   * BullMQ remembers a failed first contact for ever, and its worker then repeats it without a pause. So the first
   * contact is made here, on a connection of its own, before anything of BullMQ's is built.
   */
  async function prepare(): Promise<void> {
    await withClient(url, async (client) => {
      try {
        await assertSchemaCompatibility(client, schema)
      } catch (error) {
        if (!(error instanceof SchemaMigrationRequiredError)) throw error
        await runMigrations(client, schema)
      }
    })
  }

  const connection = (max: number) => ({
    connectionString: url,
    schema,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerTimeoutMs,
    application_name: 'whistle-queue',
  })

  return {
    kind: 'postgres',

    async openQueue(name, onLost): Promise<OpenQueue> {
      await prepare()
      const queue = new Queue(
        name,
        { connection: connection(1), defaultJobOptions: jobOptions },
        createPostgresBackend,
      )
      queue.on('error', onLost)
      return { queue, close: () => queue.close() }
    },

    async openWorker({ name, concurrency, process, onError, onAnswer }: WorkerRequest): Promise<OpenWorker> {
      await prepare()
      // One connection fetches while others finish jobs; LISTEN has one of its own.
      const worker = new Worker(
        name,
        process,
        { connection: connection(2), concurrency, ...workerTiming },
        createPostgresBackend,
      )
      worker.on('error', onError)
      worker.on('active', onAnswer)
      return { close: () => worker.close() }
    },
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'whistle-queue',
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await work(client)
  } catch (cause) {
    throw new Error("Cannot prepare the queue's schema in Postgres", { cause })
  } finally {
    await client.end()
  }
}
