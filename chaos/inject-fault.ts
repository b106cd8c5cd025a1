import { setTimeout as wait } from 'node:timers/promises'
import { moveDatabaseClock } from './chaos-clock.ts'
import { exhaustPool } from './exhaust-pool.ts'
import { type FaultDependencies, MissedFault } from './fault-dependencies.ts'
import type { PlannedFault, ProgramName } from './fault-kinds.ts'
import { programNames } from './fault-kinds.ts'
import type { FaultRecord } from './fault-log.ts'
import type { FaultyProxy } from './faulty-proxy.ts'
import { poisonCase } from './poison-case.ts'
import { signal } from './stop-guard.ts'
import type { SystemUnderTest } from './system-under-test.ts'
import type { Moment, Verdict } from './transaction-moments.ts'
import { NeverUp, untilDone, untilPostgresAnswers, untilProgramReady, untilRedisAnswers } from './until-up.ts'

/** How long to wait for a program to write something, so that a fault can strike in that very moment. */
const momentLimitMs = 15_000

/** Does one fault, and resolves once it is lifted and what it brought down is up again. Notes why where it was missed. */
export async function injectFault(dependencies: FaultDependencies, record: FaultRecord): Promise<void> {
  try {
    await inject(dependencies, record)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof NeverUp) record.stuck = reason
    else record.missed = reason
  } finally {
    record.until = Date.now()
  }
}

async function inject(dependencies: FaultDependencies, fault: PlannedFault): Promise<void> {
  const { system } = dependencies
  switch (fault.kind) {
    case 'kill':
      return kill(dependencies, fault)
    case 'kill_at_commit':
      return atMoment(dependencies, fault, 'commit_completed', (name) => {
        signal(system.program(name).pid(), 'SIGKILL')
        return 'cut'
      })
    case 'commit_unsent':
      return atMoment(dependencies, fault, 'commit_asked', () => 'cut')
    case 'commit_unanswered':
      return atMoment(dependencies, fault, 'commit_asked', () => 'forward_and_cut')
    case 'commit_completed':
      return atMoment(dependencies, fault, 'commit_completed', () => 'cut')
    case 'stop_in_transaction':
      return stopInTransaction(dependencies, fault)
    case 'stop':
      return whileBusy(dependencies, `stopped ${fault.target}`, async () => {
        const stopped = system.stops.stop(await pidsOf(system, fault))
        if (stopped.length === 0) throw new MissedFault('it was not there')
        await lasting(dependencies, fault)
        system.stops.resume(stopped)
      })
    case 'cut_postgres':
      if (programOf(system, fault).postgres.cut() === 0) throw new MissedFault('it had no connection')
      return
    case 'cut_redis':
      if (redisProxyOf(system, fault).cut() === 0) throw new MissedFault('it had no connection')
      return
    case 'half_open_postgres':
      await disturbing(dependencies, fault, programOf(system, fault).postgres, (proxy) => proxy.swallow())
      // Whatever went silent has to be given up, and its place in the pool with it.
      return untilProgramReady(programOf(system, fault))
    case 'half_open_redis':
      return disturbing(dependencies, fault, redisProxyOf(system, fault), (proxy) => proxy.swallow())
    case 'slow_postgres':
      return disturbing(dependencies, fault, programOf(system, fault).postgres, (proxy) =>
        proxy.slow(fault.byMs),
      )
    case 'slow_redis':
      return disturbing(dependencies, fault, redisProxyOf(system, fault), (proxy) => proxy.slow(fault.byMs))
    case 'redis_flushed':
      await redisOf(system).call('FLUSHALL')
      return
    case 'redis_gone':
      return whileBusy(dependencies, 'redis', async () => {
        const redis = redisOf(system)
        await redis.takeAway()
        await lasting(dependencies, fault)
        await redis.bringBack()
        await untilRedisAnswers(system)
      })
    case 'redis_full':
      return limitingMemory(dependencies, fault, 'noeviction')
    case 'redis_evicting':
      return limitingMemory(dependencies, fault, 'allkeys-random')
    case 'app_clock':
      return whileBusy(dependencies, `clock ${fault.target}`, async () => {
        const { clock } = programOf(system, fault)
        if (clock === undefined) throw new MissedFault('there is no libfaketime')
        clock.move(fault.byMs)
        await lasting(dependencies, fault)
        clock.move(0)
      })
    case 'database_clock':
      return whileBusy(dependencies, 'database clock', async () => {
        try {
          // Where Postgres is just down, as soon as it is back.
          await untilDone(() => moveDatabaseClock(system.postgres.url, fault.byMs))
          await lasting(dependencies, fault)
        } finally {
          // Also where setting it seemed to fail: its answer may have been lost.
          await untilDone(() => moveDatabaseClock(system.postgres.url, 0))
        }
      })
    case 'pool_exhausted':
      return whileBusy(dependencies, 'pool', () => exhaustPool(dependencies, fault.forMs))
    case 'poison':
      return poisonCase(dependencies, fault.forMs)
  }
}

async function kill(dependencies: FaultDependencies, fault: PlannedFault): Promise<void> {
  const { system } = dependencies
  const [victim] = await pidsOf(system, fault)
  if (victim === undefined || !signal(victim, 'SIGKILL')) throw new MissedFault('it was down already')
  switch (fault.target) {
    case 'postgres':
    case 'backend':
      return untilPostgresAnswers(system)
    case 'redis':
      return untilRedisAnswers(system)
    default:
      return untilProgramReady(programOf(system, fault))
  }
}

/** The processes of a target; of all Postgres the postmaster comes first. */
async function pidsOf(system: SystemUnderTest, { target, atMs }: PlannedFault): Promise<number[]> {
  const { postgres, redis } = system
  switch (target) {
    case 'postgres': {
      const postmaster = postgres.pid()
      return postmaster === undefined ? [] : [postmaster, ...postgres.childPids()]
    }
    case 'backend': {
      const sessions = await postgres.sessionPids()
      // Which one is chance, but the plan's.
      return sessions.slice(atMs % Math.max(1, sessions.length)).slice(0, 1)
    }
    case 'redis': {
      const pid = await redis?.pid()
      return pid === undefined ? [] : [pid]
    }
    case 'all':
      return []
    default:
      return [system.program(target).pid()]
  }
}

async function atMoment(
  { system }: FaultDependencies,
  fault: PlannedFault,
  moment: Moment,
  strike: (name: ProgramName) => Verdict,
): Promise<void> {
  const program = programOf(system, fault)
  const struck = await program.postgres.moments.next(moment, momentLimitMs, () => strike(program.name))
  if (!struck) throw new MissedFault('it wrote nothing meanwhile')
  await untilProgramReady(program)
}

async function stopInTransaction(dependencies: FaultDependencies, fault: PlannedFault): Promise<void> {
  const { system } = dependencies
  const program = programOf(system, fault)
  await whileBusy(dependencies, `stopped ${fault.target}`, async () => {
    let stopped: number[] = []
    const struck = await program.postgres.moments.next('in_transaction', momentLimitMs, () => {
      stopped = system.stops.stop([program.pid()])
      return 'forward'
    })
    if (!struck || stopped.length === 0) throw new MissedFault('it wrote nothing meanwhile')
    await lasting(dependencies, fault)
    system.stops.resume(stopped)
  })
}

function disturbing(
  dependencies: FaultDependencies,
  fault: PlannedFault,
  proxy: FaultyProxy,
  disturb: (proxy: FaultyProxy) => void,
): Promise<void> {
  return whileBusy(dependencies, `proxy ${proxy.port}`, async () => {
    disturb(proxy)
    await lasting(dependencies, fault)
    proxy.pass()
  })
}

async function limitingMemory(
  dependencies: FaultDependencies,
  fault: PlannedFault,
  policy: 'noeviction' | 'allkeys-random',
): Promise<void> {
  const redis = redisOf(dependencies.system)
  await whileBusy(dependencies, 'redis', async () => {
    try {
      await redis.call('CONFIG', 'SET', 'maxmemory-policy', policy)
      // Below what an empty Redis needs, so that nothing fits.
      await redis.call('CONFIG', 'SET', 'maxmemory', '100000')
      await lasting(dependencies, fault)
    } finally {
      // A Redis that was killed meanwhile has come back with its own settings.
      await untilDone(async () => {
        await redis.call('CONFIG', 'SET', 'maxmemory', '0')
        await redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      })
    }
  })
}

async function whileBusy({ busy }: FaultDependencies, what: string, run: () => Promise<void>): Promise<void> {
  if (busy.has(what)) throw new MissedFault('it was disturbed already')
  busy.add(what)
  try {
    await run()
  } finally {
    busy.delete(what)
  }
}

/** The fault's time; shorter where the run is broken off. */
async function lasting({ signal }: FaultDependencies, { forMs }: PlannedFault): Promise<void> {
  await wait(forMs, undefined, { signal }).catch(() => undefined)
}

function programOf(system: SystemUnderTest, { target }: PlannedFault) {
  const name = programNames.find((each) => each === target)
  if (name === undefined) throw new Error(`${target} is no program`)
  return system.program(name)
}

function redisProxyOf(system: SystemUnderTest, fault: PlannedFault): FaultyProxy {
  const proxy = programOf(system, fault).redis
  if (proxy === undefined) throw new MissedFault('there is no Redis')
  return proxy
}

function redisOf({ redis }: SystemUnderTest) {
  if (redis === undefined) throw new MissedFault('there is no Redis')
  return redis
}
