import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'

import { findFreePort } from './free-port.ts'
import { type GuardedServer, lastLines, startGuarded } from './guarded-server.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { stopOrphan } from './postgres-orphan.ts'
import { makeServerFolder } from './service-folder.ts'
import { type ServerUser, serverUserFor } from './unprivileged-user.ts'

export interface EmbeddedPostgres {
  /** A connection URL of the database, as its owner, with the password. */
  readonly url: string
  readonly port: number
  /** Resolves with a sentence once the server has gone, however it went. */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

/** Recovery after a crash under load takes seconds; beyond this something is wrong that waiting does not cure. */
const READY_LIMIT_MS = 120_000
/** A fast shutdown writes one checkpoint. */
const STOP_LIMIT_MS = 30_000
/**
 * A start is tried again where the port was taken in between, or where children of a postmaster that was killed are
 * still letting go of its shared memory.
 */
const START_ATTEMPTS = 5
const START_PAUSE_MS = 1_000
const PASSING = /could not bind|pre-existing shared memory block/

/** Durability is what this service is about, so nothing in the data folder may switch it off. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

/**
 * Starts the Postgres that npm installed, on a free port of 127.0.0.1, and makes `database` where it is missing. A
 * folder that holds data is used as it is. An orphan of an earlier run on it is stopped first, so the caller must hold
 * the folder's lock. Should this process die, by SIGKILL too, Postgres shuts down.
 *
 * @param options.port the port of an earlier start, to come back under the same address
 * @param options.directory holds `data`, the log and the password; as root its parents must be open to every user
 * @throws Error with the end of Postgres' own log where it does not start
 */
export async function startEmbeddedPostgres(options: {
  directory: string
  database: string
  port?: number
  log: (message: string) => void
}): Promise<EmbeddedPostgres> {
  const { directory, database, log } = options
  makeServerFolder(directory)
  const data = join(directory, 'data')
  const binaries = findPostgresBinaries()
  const user = serverUserFor(data)
  const password = await initialise({ directory, data, binaries, user, log })
  const orphan = await stopOrphan(data)
  if (orphan !== undefined) log(`Stopped a Postgres that an earlier run had left behind (process ${orphan}).`)

  const logFile = join(directory, 'postgres.log')
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort())
    const server = startGuarded({
      command: binaries.postgres,
      args: [
        '-D',
        data,
        '-p',
        String(port),
        ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      stopSignal: 'INT',
      directory,
      environment: {},
      logFile,
      user,
    })
    const url = (name: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`
    try {
      await untilReady(server, url('postgres'))
      await createMissing(url('postgres'), database)
      return { url: url(database), port, exited: server.exited, stop: () => server.stop(STOP_LIMIT_MS) }
    } catch (cause) {
      await server.stop(STOP_LIMIT_MS)
      const why = lastLines(logFile)
      if (attempt === START_ATTEMPTS || !PASSING.test(why))
        throw new Error(`The embedded Postgres did not start. The end of ${logFile}:\n${why}`, { cause })
      await wait(START_PAUSE_MS)
    }
  }
}

/** Makes the data folder where there is none yet, and returns the password of its owner. */
async function initialise(options: {
  directory: string
  data: string
  binaries: PostgresBinaries
  user: ServerUser | undefined
  log: (message: string) => void
}): Promise<string> {
  const { directory, data, binaries, user, log } = options
  const passwordFile = join(directory, 'postgres.password')
  if (existsSync(data)) {
    const made = Number.parseInt(readFileSync(join(data, 'PG_VERSION'), 'utf8'), 10)
    if (made !== binaries.major)
      throw new Error(
        `${data} was made by Postgres ${made}, installed is ${binaries.major}: dump and restore, or remove it.`,
      )
    return readFileSync(passwordFile, 'utf8').trim()
  }
  log(`Making a new Postgres data folder in ${data}.`)
  const password = randomBytes(24).toString('hex')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  // A folder that initdb did not finish keeps this name and is begun again.
  const unfinished = join(directory, 'data.unfinished')
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  if (user !== undefined) for (const path of [passwordFile, unfinished]) chownSync(path, user.uid, user.gid)
  await runInitdb({ binaries, unfinished, passwordFile, directory, user })
  renameSync(unfinished, data)
  return password
}

async function runInitdb(options: {
  binaries: PostgresBinaries
  unfinished: string
  passwordFile: string
  directory: string
  user: ServerUser | undefined
}): Promise<void> {
  const args = [
    `--pgdata=${options.unfinished}`,
    '--username=postgres',
    `--pwfile=${options.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]
  const identity = options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }
  const child = spawn(options.binaries.initdb, args, {
    cwd: options.directory,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...identity,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  await new Promise<void>((resolve, reject) => {
    child.once('error', (cause) => {
      const hint = 'These binaries need glibc and permission to change the user; elsewhere set DATABASE_URL.'
      reject(new Error(`initdb could not be started: ${cause.message}. ${hint}`, { cause }))
    })
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`initdb failed with code ${code}:\n${output.trim()}`))
    })
  })
}

async function untilReady(server: GuardedServer, url: string): Promise<void> {
  let last: unknown
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += 50) {
    if (server.hasExited()) throw new Error(`Postgres ${await server.exited}.`, { cause: last })
    try {
      await withClient(url, (client) => client.query('select 1'))
      return
    } catch (error) {
      last = error
    }
    await wait(50)
  }
  throw new Error(`Postgres accepted no connection within ${READY_LIMIT_MS / 1000} s.`, { cause: last })
}

async function createMissing(url: string, database: string): Promise<void> {
  await withClient(url, async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [database])
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`)
  })
}

async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // What breaks a connection also fails the query that waits on it, and that is where it is told.
  client.on('error', () => {})
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end()
  }
}
