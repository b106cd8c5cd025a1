import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type ChildProgram, startChild } from './child-process.ts'
import { findFreePort, waitForPort } from './free-port.ts'
import { EMBEDDED_DATABASE, type Instance, openInstance } from './instance.ts'
import { type Kept, keepRunning } from './keep-running.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts'
import { type EmbeddedRedis, findRedis, startEmbeddedRedis } from './redis.ts'

/** It takes a few seconds, and half a minute on a machine that is busy with other things. */
const READY_LIMIT_MS = 120_000
/** How long programs of an earlier run, whose supervisor was killed, may take to let go of the port. */
const PORT_LIMIT_MS = 20_000
/** A child that ended this often before the API was ready will not get ready. */
const FAILURES_MAX = 3

/** Hosts that stand for all addresses of a machine, its own 127.0.0.1 among them. */
const WILDCARDS = ['0.0.0.0', '::']

/** Where BullMQ keeps its jobs. */
export interface QueueServer {
  readonly kind: 'redis' | 'postgres'
  readonly url: string
}

/** The servers that the programs need. */
export interface Servers {
  readonly databaseUrl: string
  readonly queue: QueueServer
}

/** One of the programs, each a process. */
export interface Program {
  readonly name: string
  readonly module: URL
  readonly args: readonly string[]
  /** The environment variable that tells it its port, which differs for each. */
  readonly portVariable: 'PORT' | 'WORKER_PORT'
}

export interface StackOptions {
  readonly instance: string
  /** The first program is the API, whose /readyz tells when the stack is up. */
  readonly programs: readonly [Program, ...Program[]]
  /** What the programs inherit; addresses and ports are set on top of it. */
  readonly environment: NodeJS.ProcessEnv
  /** Servers of the caller's own, to be used instead of embedded ones. */
  readonly databaseUrl?: string | undefined
  readonly queue?: QueueServer | undefined
  /** Where the API listens; 127.0.0.1 where it is not given. */
  readonly host?: string | undefined
  /** The API's port; a free one where it is 0 or not given. */
  readonly port?: number | undefined
  /** Whether the programs' output goes to the terminal or to files in the instance's folder. */
  readonly output: 'terminal' | 'files'
  /** Migrates, seeds, makes keys; returns what the programs need in their environment for it. */
  readonly prepare: (servers: Servers, instance: Instance) => Promise<Record<string, string>>
  /** Aborts the start; what has been started is stopped then. */
  readonly signal?: AbortSignal
  readonly log: (message: string) => void
}

/** A whole system that runs: servers and programs, each started again when it ends by itself. */
export interface Stack extends Servers {
  readonly instance: Instance
  /** The API's base URL. */
  readonly address: string
  /** What `prepare` returned. */
  readonly environment: Readonly<Record<string, string>>
  /** The process of a program as it is now. */
  program(name: string): ChildProgram
  /** Stops the embedded Redis for a while; does nothing where Redis is not embedded. */
  stopRedis(): Promise<void>
  /** Brings the embedded Redis back under its old address, empty. */
  startRedis(): Promise<void>
  /** Stops programs, Redis and Postgres, in this order. Leaves nothing running. */
  stop(): Promise<void>
}

/**
 * Starts an instance: Postgres, Redis where the machine has one, then the programs, and waits until the API is ready.
 *
 * @throws Error where a part does not come up; nothing is left running then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { environment, log, signal } = options
  const instance = openInstance(options.instance)
  const unlock = instance.lock()
  /** How to stop what runs, in the order of starting. */
  const stops: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last()
    unlock()
  }
  try {
    const databaseUrl = options.databaseUrl ?? (await keepPostgres(instance, log, stops)).current().url
    signal?.throwIfAborted()
    let redis = options.queue === undefined ? await keepRedis(instance, environment, log) : undefined
    stops.push(async () => await redis?.stop())
    const queue = options.queue ?? chooseQueue(redis?.current().url, databaseUrl)
    signal?.throwIfAborted()
    const prepared = await options.prepare({ databaseUrl, queue }, instance)
    signal?.throwIfAborted()

    const port = options.port || (await findFreePort())
    const host = options.host ?? '127.0.0.1'
    await waitForPort(host, port, PORT_LIMIT_MS)
    const address = `http://${WILDCARDS.includes(host) ? '127.0.0.1' : host}:${port}`
    const programs = new Map<string, Kept<ChildProgram>>()
    stops.push(async () => {
      await Promise.all([...programs.values()].map((kept) => kept.stop()))
    })
    for (const program of options.programs) {
      const own = program.portVariable === 'PORT' ? port : await findFreePort()
      const logFile = options.output === 'files' ? join(instance.directory, `${program.name}.log`) : undefined
      if (logFile !== undefined) rmSync(logFile, { force: true })
      const variables = {
        ...withoutAddresses(environment),
        DATABASE_URL: databaseUrl,
        [queue.kind === 'redis' ? 'REDIS_URL' : 'QUEUE_DATABASE_URL']: queue.url,
        HOST: host,
        ...prepared,
        [program.portVariable]: String(own),
      }
      const start = () =>
        startChild({ module: program.module, args: program.args, environment: variables, logFile })
      programs.set(program.name, await keepRunning({ name: program.name, start, log }))
    }
    await untilReady(`${address}/readyz`, programs, signal)
    const state = { address, databaseUrl, queue, environment: prepared }
    instance.writeState({ ...state, databaseEmbedded: options.databaseUrl === undefined })
    return {
      ...state,
      instance,
      program(name) {
        const kept = programs.get(name)
        if (kept === undefined) throw new Error(`There is no program ${name}.`)
        return kept.current()
      },
      stopRedis: async () => await redis?.stop(),
      async startRedis() {
        if (redis !== undefined) redis = await keepRedis(instance, environment, log, redis.current().url)
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function chooseQueue(redisUrl: string | undefined, databaseUrl: string): QueueServer {
  return redisUrl === undefined ? { kind: 'postgres', url: databaseUrl } : { kind: 'redis', url: redisUrl }
}

async function keepPostgres(
  instance: Instance,
  log: (message: string) => void,
  stops: (() => Promise<void>)[],
): Promise<Kept<EmbeddedPostgres>> {
  const directory = instance.postgresDirectory
  let port: number | undefined
  const kept = await keepRunning({
    name: 'Postgres',
    log,
    async start() {
      const given = port === undefined ? {} : { port }
      const started = await startEmbeddedPostgres({ directory, database: EMBEDDED_DATABASE, log, ...given })
      port = started.port
      return started
    },
  })
  stops.push(() => kept.stop())
  return kept
}

async function keepRedis(
  instance: Instance,
  environment: NodeJS.ProcessEnv,
  log: (message: string) => void,
  earlierUrl?: string,
): Promise<Kept<EmbeddedRedis> | undefined> {
  const path = environment.PATH ?? ''
  if (findRedis(path) === null) return undefined
  let url = earlierUrl
  return await keepRunning({
    name: 'Redis',
    log,
    async start() {
      const given = url === undefined ? {} : { url }
      const started = await startEmbeddedRedis({ directory: instance.redisDirectory, path, ...given })
      if (started === null) throw new Error('redis-server is no longer on PATH')
      url = started.url
      return started
    },
  })
}

/** Addresses that the programs would otherwise inherit beside those that are set for them. */
function withoutAddresses(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = [
    'DATABASE_URL',
    'MIGRATION_DATABASE_URL',
    'REDIS_URL',
    'QUEUE_DATABASE_URL',
    'PORT',
    'WORKER_PORT',
  ]
  const dropped = new Set(names.flatMap((name) => [name, `${name}_FILE`]))
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !dropped.has(name)))
}

async function untilReady(
  url: string,
  programs: ReadonlyMap<string, Kept<ChildProgram>>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let last = 'no answer'
  for (let waitedMs = 0; waitedMs < READY_LIMIT_MS; waitedMs += 100) {
    signal?.throwIfAborted()
    for (const [name, kept] of programs)
      if (kept.failures() >= FAILURES_MAX)
        throw new Error(`${name} ended ${kept.failures()} times before the API was ready.`)
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      if (response.ok) return
      last = `${response.status} ${await response.text()}`
    } catch {
      // Not listening yet.
    }
    await wait(100)
  }
  throw new Error(`The API was not ready within ${READY_LIMIT_MS / 1000} s: ${last}`)
}
