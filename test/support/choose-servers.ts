import { join } from 'node:path'
import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'
import { pingRedis, startEmbeddedRedis } from '../../src/embedded/redis.ts'
import { runStatement } from './build-template.ts'
import { startContainer } from './container.ts'

/** A server that the tests may use, where it comes from, and how to be rid of it. */
export interface TestServer {
  /** An empty string where there is none. */
  readonly url: string
  readonly origin: string
  stop(): Promise<void>
}

interface Choice {
  readonly environment: NodeJS.ProcessEnv
  /** A folder for the servers that are started here. */
  readonly directory: string
  readonly log: (message: string) => void
}

/** Postgres from the environment, else Docker, else the one that npm ships. */
export async function choosePostgres({ environment, directory, log }: Choice): Promise<TestServer> {
  const named = environment.TEST_DATABASE_URL ?? environment.DATABASE_URL
  if (named) return { url: named, origin: 'from the environment', stop: async () => {} }
  const container = await startContainer({
    image: environment.TEST_POSTGRES_IMAGE ?? 'postgres:16-alpine',
    port: 5432,
    environment: { POSTGRES_PASSWORD: 'test' },
    command: ['postgres', '-c', 'max_connections=200'],
    url: (host, port) => `postgres://postgres:test@${host}:${port}/postgres`,
    ask: (url) => runStatement(url, 'select 1'),
    log,
  })
  if (container !== undefined) return container
  const embedded = await startEmbeddedPostgres({
    directory: join(directory, 'postgres'),
    database: 'postgres',
    log,
  })
  return { url: embedded.url, origin: 'embedded (npm)', stop: embedded.stop }
}

/** Redis from the environment, else Docker, else one on PATH, else none. `TEST_REDIS_URL=none` asks for none. */
export async function chooseRedis({ environment, directory, log }: Choice): Promise<TestServer> {
  const named = environment.TEST_REDIS_URL ?? environment.REDIS_URL
  const none = { url: '', stop: async () => {} }
  if (named === 'none') return { ...none, origin: 'none, as asked: queues run on Postgres' }
  if (named) return { url: named, origin: 'from the environment', stop: async () => {} }
  const container = await startContainer({
    image: environment.TEST_REDIS_IMAGE ?? 'redis:7-alpine',
    port: 6379,
    environment: {},
    // An image other than Redis' own may let nobody in from outside its container.
    command: [
      'redis-server',
      '--protected-mode',
      'no',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
    ],
    url: (host, port) => `redis://${host}:${port}`,
    ask: pingRedis,
    log,
  })
  if (container !== undefined) return container
  const embedded = await startEmbeddedRedis({
    directory: join(directory, 'redis'),
    path: environment.PATH ?? '',
  })
  if (embedded === null)
    return {
      ...none,
      origin: 'none: no REDIS_URL, no Docker, no redis-server on PATH; queues run on Postgres',
    }
  return { url: embedded.url, origin: 'redis-server on this machine', stop: embedded.stop }
}
