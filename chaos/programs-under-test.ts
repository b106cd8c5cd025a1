import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ChildProgram, startChild } from '../src/embedded/child-process.ts'
import { findFreePort } from '../src/embedded/free-port.ts'
import { type Kept, keepRunning } from '../src/embedded/keep-running.ts'
import { type AppClock, createAppClock } from './app-clock.ts'
import { type ProgramName, programNames } from './fault-kinds.ts'
import { type FaultyProxy, openFaultyProxy } from './faulty-proxy.ts'
import { pauseMaxMs } from './servers-under-test.ts'

/** One process of the product, with everything through which it can be disturbed. */
export interface ProgramUnderTest {
  readonly name: ProgramName
  /** Where it answers HTTP: the API, or a worker's probes. */
  readonly address: string
  readonly postgres: FaultyProxy
  /** Undefined where it does not use Redis. */
  readonly redis: FaultyProxy | undefined
  readonly clock: AppClock | undefined
  /** The process as it is now; perhaps one that has just ended. */
  pid(): number
  /** Whether it answers its probe within the limit. */
  isReady(limitMs: number): Promise<boolean>
  stop(): Promise<void>
}

export interface ProgramsOptions {
  readonly databaseUrl: string
  readonly redisUrl: string | undefined
  /** For logs and for the files that move clocks. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly faketime: string | undefined
  readonly log: (message: string) => void
}

/** Starts every program in a process of its own, each behind proxies of its own. */
export async function startPrograms(
  options: ProgramsOptions,
): Promise<ReadonlyMap<ProgramName, ProgramUnderTest>> {
  const programs = new Map<ProgramName, ProgramUnderTest>()
  for (const name of programNames) programs.set(name, await startProgram(name, options))
  return programs
}

async function startProgram(
  name: ProgramName,
  { databaseUrl, redisUrl, directory, environment, faketime, log }: ProgramsOptions,
): Promise<ProgramUnderTest> {
  const isApi = name.startsWith('api')
  const postgres = await openFaultyProxy(Number(new URL(databaseUrl).port))
  const redis =
    isApi || redisUrl === undefined ? undefined : await openFaultyProxy(Number(new URL(redisUrl).port))
  const port = await findFreePort()
  const clock =
    faketime === undefined ? undefined : createAppClock(faketime, join(directory, `${name}.clock`))
  const logFile = join(directory, `${name}.log`)
  rmSync(logFile, { force: true })
  const database = through(databaseUrl, postgres.port)
  const queue: Record<string, string> =
    redisUrl === undefined || redis === undefined
      ? { QUEUE_DATABASE_URL: database }
      : { REDIS_URL: through(redisUrl, redis.port) }
  const variables = {
    ...environment,
    ...clock?.environment,
    DATABASE_URL: database,
    ...(isApi ? { PORT: String(port) } : { WORKER_PORT: String(port), ...queue }),
  }
  const kind = name.replace(/-\d$/, '')
  const start = (): Promise<ChildProgram> =>
    startChild({
      module: new URL(`programs/${kind}.ts`, import.meta.url),
      args: [],
      environment: variables,
      logFile,
    })
  const kept: Kept<ChildProgram> = await keepRunning({ name, start, log, pauseMaxMs })
  const address = `http://127.0.0.1:${port}`
  return {
    name,
    address,
    postgres,
    redis,
    clock,
    pid: () => kept.current().pid,
    async isReady(limitMs) {
      try {
        return (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(limitMs) })).ok
      } catch {
        return false
      }
    },
    async stop() {
      await kept.stop()
      await postgres.close()
      await redis?.close()
    },
  }
}

function through(url: string, port: number): string {
  const proxied = new URL(url)
  proxied.port = String(port)
  return proxied.href
}
