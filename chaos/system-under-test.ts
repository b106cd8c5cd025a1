import { mkdirSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { prepareInstance } from '../src/commands/start.ts'
import { configVariables } from '../src/config-variables.ts'
import { type Instance, openInstance } from '../src/embedded/instance.ts'
import type { DevelopmentIssuer } from '../src/http/authentication/development-issuer.ts'
import { findFaketime } from './app-clock.ts'
import { addChaosSchema } from './chaos-clock.ts'
import type { ProgramName } from './fault-kinds.ts'
import { type NoticeReceiver, openNoticeReceiver } from './notice-receiver.ts'
import { plantedTexts } from './planted-texts.ts'
import { type ProgramUnderTest, startPrograms } from './programs-under-test.ts'
import { keepPostgres, keepRedis, type PostgresUnderTest, type RedisUnderTest } from './servers-under-test.ts'
import { type StopGuard, startStopGuard } from './stop-guard.ts'

/** Everything that runs: servers, programs, a receiver of notices. */
export interface SystemUnderTest {
  readonly instance: Instance
  readonly postgres: PostgresUnderTest
  /** Undefined where the machine has no Redis: the queue is Postgres' then. */
  readonly redis: RedisUnderTest | undefined
  readonly programs: ReadonlyMap<ProgramName, ProgramUnderTest>
  readonly receiver: NoticeReceiver
  readonly issuer: DevelopmentIssuer
  readonly stops: StopGuard
  program(name: ProgramName): ProgramUnderTest
  /** Stops all of it, in order. Leaves nothing running. */
  stop(): Promise<void>
}

const readyLimitMs = 120_000

export interface SystemOptions {
  readonly instance: string
  readonly environment: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly log: (message: string) => void
}

/**
 * Starts a whole system on an empty database and waits until every part of it works.
 *
 * @throws StartRefused where the instance runs already; Error where a part does not come up. Nothing is left running then.
 */
export async function startSystem(options: SystemOptions): Promise<SystemUnderTest> {
  const { log, signal } = options
  const instance = openInstance(options.instance)
  const unlock = instance.lock()
  const stops: (() => Promise<void> | void)[] = [unlock]
  const stop = async (): Promise<void> => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last()
  }
  try {
    for (const folder of [instance.postgresDirectory, instance.redisDirectory])
      rmSync(folder, { recursive: true, force: true })
    mkdirSync(instance.directory, { recursive: true })
    const postgres = await keepPostgres(instance, log)
    stops.push(() => postgres.stop())
    const redis = await keepRedis(instance, options.environment.PATH ?? '', log)
    stops.push(async () => await redis?.stop())
    signal.throwIfAborted()
    const inherited = withoutSettings(options.environment)
    const { issuer, environment } = await prepareInstance(inherited, { databaseUrl: postgres.url }, instance)
    await addChaosSchema(postgres.url)
    const receiver = await openNoticeReceiver(plantedTexts)
    stops.push(() => receiver.close())
    const programs = await startPrograms({
      databaseUrl: postgres.url,
      redisUrl: redis?.url,
      directory: instance.directory,
      environment: {
        ...inherited,
        ...environment,
        NOTICE_URL: receiver.url,
        REPORTS_PER_PERSON: '1000000000',
        PUBLIC_REPORTS_PER_ADDRESS: '1000000000',
        REGISTRY_CHANGES_PER_PERSON: '1000000000',
      },
      faketime: findFaketime(),
      log,
    })
    stops.push(async () => {
      await Promise.all([...programs.values()].map((program) => program.stop()))
    })
    const stopGuard = startStopGuard()
    stops.push(() => stopGuard.close())
    await untilReady([...programs.values()], signal)
    return {
      instance,
      postgres,
      redis,
      programs,
      receiver,
      issuer,
      stops: stopGuard,
      program(name) {
        const found = programs.get(name)
        if (found === undefined) throw new Error(`There is no program ${name}`)
        return found
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the programs inherit: nothing that configures us, for a run must touch nobody else's database. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = new Set(configVariables.flatMap(({ name }) => [name, `${name}_FILE`]))
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name))),
    NODE_ENV: 'development',
  }
}

async function untilReady(programs: readonly ProgramUnderTest[], signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + readyLimitMs
  for (const program of programs) {
    while (!(await program.isReady(1_000))) {
      signal.throwIfAborted()
      if (performance.now() > giveUpAt) throw new Error(`${program.name} was not ready in time`)
      await wait(200)
    }
  }
}
