import { setTimeout as wait } from 'node:timers/promises'
import { assembleCast } from './cast-of-chaos.ts'
import { asOwner } from './chaos-clock.ts'
import type { ChaosOptions } from './chaos-options.ts'
import { type ChaosResult, chaosResult, isKill } from './chaos-result.ts'
import { checkEverything, type Verdict } from './checks/check-everything.ts'
import { startDesks } from './desks.ts'
import { createFaultLog, type FaultLog } from './fault-log.ts'
import { planFaults } from './fault-schedule.ts'
import { keepEvidence } from './keep-evidence.ts'
import { type Ledger, newLedger } from './ledger.ts'
import { startLiveReaders } from './live-readers.ts'
import { startLoad } from './load.ts'
import type { PhoneNetwork } from './phone.ts'
import { startRegistrar } from './registrar.ts'
import { runFaults } from './run-faults.ts'
import { createRandom } from './seeded-random.ts'
import { settleDown } from './settle-down.ts'
import { shortenLimits } from './short-limits.ts'
import { type SystemUnderTest, startSystem } from './system-under-test.ts'
import { watchService } from './watch-service.ts'

const lineEveryMs = 10_000
/** Beyond the faults themselves: the start, the settling and the checks. */
const tokenMarginMs = 2 * 3_600_000

export interface FinishedRun {
  readonly result: ChaosResult
  /** Where the evidence is; undefined where there was nothing to keep. */
  readonly evidence: string | undefined
}

/** Starts a system, disturbs it for the time that was asked for, lets it settle, and looks at what is left. */
export async function runChaos(
  { minutes, seed, instance }: ChaosOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<FinishedRun> {
  const system = await startSystem({ instance, environment, signal, log: () => undefined })
  try {
    const redis = system.redis !== undefined
    const appClocks = system.program('api-1').clock !== undefined
    const schedule = planFaults({ seed, minutes, redis, appClocks })
    print(
      `种子 seed ${seed}, ${minutes} 分钟 min, 故障 faults ${schedule.faults.length}, 摘要 digest ${schedule.digest.slice(0, 16)}`,
    )
    if (!redis)
      print(
        '本机无 Redis，略去其故障 No Redis on this machine: its faults are skipped, the queue is on Postgres',
      )
    if (!appClocks)
      print(
        '未装 libfaketime，略去应用时钟故障 No libfaketime (Debian: faketime): the faults of application clocks are skipped',
      )
    const startedAt = Date.now()
    const ledger = newLedger()
    const random = createRandom(`${seed} load`)
    const cast = await assembleCast(system.issuer, system.postgres.url, minutes * 60_000 + tokenMarginMs)
    const addresses = [system.program('api-1').address, system.program('api-2').address] as const
    await shortenLimits(addresses[0], cast.administrator)
    const network: PhoneNetwork = { addresses, ledger, chance: () => random.next(), signal }
    const load = startLoad(network, cast, random)
    const registrar = startRegistrar(network, cast, createRandom(`${seed} registries`))
    const live = startLiveReaders(network, cast)
    const desks = startDesks(network, cast, createRandom(`${seed} desks`))
    const log = createFaultLog()
    const watch = watchService(system.postgres.url)
    const setAside = new Set<string>()
    const lines = printLines(print, system, ledger, log)
    let left: Verdict['left']
    let wrongInboxes: readonly string[] = []
    try {
      await runFaults(schedule, { system, load, network, setAside, busy: new Set(), signal }, log)
      signal.throwIfAborted()
      await lines.stop()
      print('故障已止，等候平复 The faults are over; the system settles')
      await Promise.all([load.stop(), registrar.stop()])
      left = await settleDown(system)
      await live.stop()
      wrongInboxes = await desks.stop()
    } finally {
      await Promise.all([lines.stop(), load.stop(), registrar.stop(), desks.stop(), watch.stop()])
    }
    signal.throwIfAborted()
    print('核对 Checking')
    const faults = log.records
    let verdict: Verdict
    try {
      const { heard } = live
      verdict = await checkEverything({
        system,
        cast,
        ledger,
        faults,
        watch,
        setAside,
        left,
        heard,
        wrongInboxes,
      })
    } catch (error) {
      // Checks that break off have found nothing out, but what they looked at is still there.
      const kept = await keepEvidence(system, `seed-${seed}-unchecked`, ledger, { schedule, faults, watch })
      print(`核对中断，证据 The checks broke off; evidence: ${kept}`)
      throw error
    }
    const versions = await readVersions(system)
    const result = chaosResult({ schedule, startedAt, versions, faults, ledger, verdict })
    const name = `seed-${seed}-${result.startedAt.replaceAll(/[:.]/g, '-')}`
    const evidence = verdict.sound
      ? undefined
      : await keepEvidence(system, name, ledger, { schedule, faults, watch, result })
    return { result, evidence }
  } finally {
    await system.stop()
  }
}

/** A line each ten seconds: how far it is, and whether anything piles up. */
function printLines(
  print: (line: string) => void,
  { postgres }: SystemUnderTest,
  ledger: Ledger,
  { records }: FaultLog,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const startedAt = performance.now()
  async function run(): Promise<void> {
    for (;;) {
      await wait(lineEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      const seconds = Math.round((performance.now() - startedAt) / 1_000)
      const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
      const kills = records.filter(({ kind, missed }) => isKill(kind) && missed === null)
      const ofPostgres = kills.filter(({ target }) => target === 'postgres').length
      print(
        `${clock} 故障 faults ${records.length}, 强杀 kills ${kills.length} (PG ${ofPostgres}), ` +
          `已答复 acked ${ledger.acknowledged}, 重试 retries ${ledger.retries}, ${await countBreaches(postgres.url)}`,
      )
    }
  }
  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function countBreaches(databaseUrl: string): Promise<string> {
  try {
    const { rows } = await asOwner(databaseUrl, (client) =>
      client.query<{ breaches: string; overdue: string }>(
        `select (select count(*) from breaches) as breaches,
           (select count(*) from deadlines where state = 'running' and due_at < clock_timestamp()) as overdue`,
      ),
    )
    return `超时 breaches ${rows[0]?.breaches}, 待判 overdue ${rows[0]?.overdue}`
  } catch {
    return '数据库不在 Postgres is away'
  }
}

async function readVersions({ postgres, redis }: SystemUnderTest): Promise<Record<string, string>> {
  const { rows } = await asOwner(postgres.url, (client) =>
    client.query<{ server_version: string }>('show server_version'),
  )
  const info = redis === undefined ? '' : String(await redis.call('INFO', 'server'))
  return {
    postgres: rows[0]?.server_version ?? 'unknown',
    redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'none',
  }
}
