import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findFreePort } from './free-port.ts'
import { type GuardedServer, lastLines, startGuarded } from './guarded-server.ts'
import { makeServerFolder } from './service-folder.ts'
import { serverUserFor } from './unprivileged-user.ts'

export interface EmbeddedRedis {
  readonly url: string
  /** Resolves with a sentence once the server has gone, however it went. */
  readonly exited: Promise<string>
  stop(): Promise<void>
}

const READY_LIMIT_MS = 10_000
const STOP_LIMIT_MS = 5_000
/** Where distributions put servers, for a PATH that has only what users need. */
const USUAL_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin']

/**
 * The full path of a redis-server or valkey-server on this machine, or null: no npm package ships one.
 *
 * @param path the PATH to search before the usual folders
 */
export function findRedis(path = ''): string | null {
  const folders = [...path.split(delimiter).filter(Boolean), ...USUAL_FOLDERS]
  for (const name of ['redis-server', 'valkey-server'])
    for (const folder of folders) if (isFile(join(folder, name))) return join(folder, name)
  return null
}

/**
 * Starts Redis on a free port of 127.0.0.1, with a password, without persistence: nothing durable is ever in it. Should
 * this process die, by SIGKILL too, Redis stops.
 *
 * @param options.url an address that an earlier start returned, to come back under the same one
 * @returns null where the machine has no Redis
 * @throws Error with the end of Redis' own log where it does not start
 */
export async function startEmbeddedRedis(options: {
  directory: string
  path?: string
  url?: string
}): Promise<EmbeddedRedis | null> {
  const command = findRedis(options.path)
  if (command === null) return null
  const { directory } = options
  makeServerFolder(directory)
  const earlier = options.url === undefined ? undefined : new URL(options.url)
  const port = earlier === undefined ? await findFreePort() : Number(earlier.port)
  const password = earlier?.password ?? randomBytes(24).toString('hex')
  const url = `redis://:${password}@127.0.0.1:${port}`
  const user = serverUserFor(directory)
  // The password stands in a file, because every user of the machine can read a command line.
  const configuration = join(directory, 'redis.conf')
  await stopOrphan(configuration)
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'save ""',
    'appendonly no',
    // BullMQ: evicted keys are lost jobs.
    'maxmemory-policy noeviction',
    'databases 1',
  ]
  rmSync(configuration, { force: true })
  writeFileSync(configuration, `${settings.join('\n')}\n`, { mode: 0o600 })
  if (user !== undefined) chownSync(configuration, user.uid, user.gid)
  const logFile = join(directory, 'redis.log')
  const server = startGuarded({
    command,
    args: [configuration],
    stopSignal: 'TERM',
    directory,
    environment: {},
    logFile,
    user,
  })
  try {
    await untilReady(server, url)
  } catch (cause) {
    await server.stop(STOP_LIMIT_MS)
    throw new Error(`Redis did not start. The end of ${logFile}:\n${lastLines(logFile)}`, { cause })
  }
  return { url, exited: server.exited, stop: () => server.stop(STOP_LIMIT_MS) }
}

/**
 * Stops a Redis that an earlier run left behind, guard and all killed. Its configuration tells port and password, and only
 * our own server knows that password, so a stranger who has the port by now is left alone.
 */
async function stopOrphan(configuration: string): Promise<void> {
  const earlier = existsSync(configuration) ? readFileSync(configuration, 'utf8') : ''
  const port = /^port (\d+)$/m.exec(earlier)?.[1]
  const password = /^requirepass (\S+)$/m.exec(earlier)?.[1]
  if (port === undefined || password === undefined) return
  const url = `redis://:${password}@127.0.0.1:${port}`
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.call('SHUTDOWN', 'NOSAVE')
  } catch {
    // Nobody is there any more, or it hung up on being told to stop.
  } finally {
    client.disconnect()
  }
}

/** Connects once and asks for an answer; rejects where none comes. */
export async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  // What breaks the connection also fails the ping, and that is where it is told.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.ping()
  } finally {
    client.disconnect()
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

async function untilReady(server: GuardedServer, url: string): Promise<void> {
  let last: unknown
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += 50) {
    if (server.hasExited()) throw new Error(`Redis ${await server.exited}.`, { cause: last })
    try {
      await pingRedis(url)
      return
    } catch (error) {
      last = error
    }
    await wait(50)
  }
  throw new Error(`Redis did not answer within ${READY_LIMIT_MS / 1000} s.`, { cause: last })
}
