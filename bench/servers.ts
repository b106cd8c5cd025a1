import { chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { EMBEDDED_DATABASE, openInstance } from '../src/embedded/instance.ts'
import { startEmbeddedPostgres } from '../src/embedded/postgres.ts'
import { startEmbeddedRedis } from '../src/embedded/redis.ts'
import { makeServerFolder } from '../src/embedded/service-folder.ts'
import { serverUserFor } from '../src/embedded/unprivileged-user.ts'

/** The Postgres and the Redis that everything of a run shares. */
export interface Servers {
  databaseUrl(name: string): string
  readonly redisUrl: string
  /** The process of our own Postgres; undefined where a URL was given. */
  readonly postgresPid: number | undefined
  /** Where the logs of the programs go. */
  readonly directory: string
  /** Stops what was started, once however often it is called, and removes its data. */
  stop(): Promise<void>
}

/**
 * The same for everybody who is measured: a checkpoint in the middle of one round and not of the next would make them
 * incomparable.
 */
const ownPostgresSettings = { max_wal_size: '8GB', checkpoint_timeout: '30min' } as const

/** Starts the embedded servers, or uses those that are given. Data of an earlier run is removed. */
export async function startServers(options: {
  databaseUrl: string | undefined
  redisUrl: string | undefined
  log: (message: string) => void
}): Promise<Servers> {
  const { log } = options
  const instance = openInstance('bench')
  const unlock = instance.lock()
  const stops: (() => Promise<void> | void)[] = [unlock]
  const stopAll = async (): Promise<void> => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last()
  }
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping ??= stopAll()
    return stopping
  }
  try {
    rmSync(instance.postgresDirectory, { recursive: true, force: true })
    rmSync(instance.redisDirectory, { recursive: true, force: true })
    const directory = join(instance.directory, 'logs')
    rmSync(directory, { recursive: true, force: true })
    makeServerFolder(directory)
    let databaseUrl = options.databaseUrl
    if (databaseUrl === undefined) {
      stops.push(() => rmSync(instance.postgresDirectory, { recursive: true, force: true }))
      const postgres = await startEmbeddedPostgres({
        directory: instance.postgresDirectory,
        database: EMBEDDED_DATABASE,
        log,
      })
      stops.push(() => postgres.stop())
      databaseUrl = postgres.url
      await configurePostgres(databaseUrl)
    }
    let redisUrl = options.redisUrl
    if (redisUrl === undefined) {
      stops.push(() => rmSync(instance.redisDirectory, { recursive: true, force: true }))
      redisUrl = await startRedis(instance.redisDirectory, stops)
    }
    const server = databaseUrl
    return {
      databaseUrl: (name) => withDatabase(server, name),
      redisUrl,
      postgresPid:
        options.databaseUrl === undefined
          ? postmasterPid(join(instance.postgresDirectory, 'data'))
          : undefined,
      directory,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startRedis(directory: string, stops: (() => Promise<void> | void)[]): Promise<string> {
  makeServerFolder(directory)
  const user = serverUserFor(directory)
  // Its append-only file is written by the server itself, unlike its log.
  if (user !== undefined) chownSync(directory, user.uid, user.gid)
  mkdirSync(directory, { recursive: true })
  const redis = await startEmbeddedRedis({ directory, path: process.env.PATH ?? '' })
  if (redis === null)
    throw new Error('There is no redis-server on this machine: install it, or give --redis-url.')
  stops.push(() => redis.stop())
  const client = new Redis(redis.url)
  try {
    // For us Redis holds nothing that lasts, but a peer's jobs must survive what our rows survive.
    await client.config('SET', 'appendfsync', 'everysec')
    await client.config('SET', 'appendonly', 'yes')
  } finally {
    client.disconnect()
  }
  return redis.url
}

async function configurePostgres(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const [name, value] of Object.entries(ownPostgresSettings))
      await client.query(`alter system set ${name} = '${value}'`)
    await client.query('select pg_reload_conf()')
  })
}

function postmasterPid(data: string): number {
  return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

/** Runs something on one connection of its own, without any time-out. */
export async function withClient<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'bench' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

/** Makes a database anew, empty or as a copy of another one, to which nobody may be connected. */
export async function createDatabase(servers: Servers, name: string, template?: string): Promise<void> {
  await withClient(servers.databaseUrl('postgres'), async (client) => {
    await client.query(`drop database if exists ${name} with (force)`)
    const copied = template === undefined ? '' : ` template ${template} strategy file_copy`
    await client.query(`create database ${name}${copied}`)
  })
}
