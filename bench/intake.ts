import { findFreePort } from '../src/embedded/free-port.ts'
import { type LoadResult, load } from './http-load.ts'
import type { FigureKind } from './measurements.ts'
import { runPgbench } from './pgbench.ts'
import { prepareReports } from './places.ts'
import { untilReady } from './processes.ts'
import { oneStatement } from './report-statement.ts'
import { type RunContext, rotated, visited } from './run-context.ts'
import { distributionOf } from './statistics.ts'
import { issuing } from './system.ts'

const connections = 64
const warmUpMs = 1_500
/** Of the places, every second one has a script: each client has to plan each script once. */
const scriptsEvery = 2

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'intake',
  name,
  label: { zh, en },
  unit,
})

const figures = {
  rate: kind('intake.ours.rate', '本系统：HTTP、64 个连接', 'ours: over HTTP, 64 connections', '/s'),
  p50: kind('intake.ours.p50', '　中位', '  median', 'ms'),
  p99: kind('intake.ours.p99', '　99 分位', '  99th percentile', 'ms'),
  errors: kind('intake.ours.errors', '　出错', '  errors', ''),
  lone: kind('intake.ours.lone', '　单个连接的中位', '  median of a lone connection', 'ms'),
  pgbench: kind(
    'intake.pgbench.rate',
    '上限：pgbench 单语句事务',
    'limit: pgbench, one statement a report',
    '/s',
  ),
  obvious: kind(
    'intake.obvious.rate',
    '直观写法：逐条语句 + 三个 BullMQ 任务',
    'the obvious way: single statements + three BullMQ jobs',
    '/s',
  ),
  obviousP99: kind('intake.obvious.p99', '　99 分位', '  99th percentile', 'ms'),
  uncoalesced: kind(
    'intake.uncoalesced.lone',
    '直观写法（无任务）：单个连接的中位',
    'the obvious way, no jobs: median of a lone connection',
    'ms',
  ),
} as const

/** Reports over HTTP beside the database's own limit and beside the way that one would write first. */
export async function measureIntake(context: RunContext): Promise<void> {
  const { options, measurements, pace, log } = context
  const threads = await sweepPgbench(context)
  const obvious = await prepareObvious(context)

  for (let round = 0; round < options.rounds; round += 1) {
    const contenders: (() => Promise<void>)[] = visited(context, round, 1).map((database) => async () => {
      const { address } = await context.api(database)
      const result = await loadReports(context, address, connections, options.seconds)
      const { p50, p99 } = distributionOf(result.latenciesMs)
      measurements.add(figures.rate, database.incidents, result.perSecond)
      measurements.add(figures.p50, database.incidents, p50)
      measurements.add(figures.p99, database.incidents, p99)
      measurements.add(figures.errors, database.incidents, result.errors)
      if (result.errors > 0)
        measurements.note(`intake: ${result.errors} errors, the first: ${result.firstError}`)
      const lone = await loadReports(context, address, 1, options.seconds / 2)
      measurements.add(figures.lone, database.incidents, distributionOf(lone.latenciesMs).p50)
      log(`intake ${round + 1}: ours at ${database.incidents} incidents ${Math.round(result.perSecond)}/s`)
    })
    if (threads !== undefined)
      contenders.push(async () => {
        const perSecond = await pgbenchReports(context, threads, options.seconds)
        measurements.add(figures.pgbench, context.peers.incidents, perSecond)
        log(`intake ${round + 1}: pgbench ${Math.round(perSecond)}/s`)
      })
    if (obvious !== undefined)
      contenders.push(async () => {
        const { withJobs, withoutJobs } = obvious
        const result = await loadReports(context, withJobs.address, connections, options.seconds)
        measurements.add(figures.obvious, context.peers.incidents, result.perSecond)
        measurements.add(figures.obviousP99, context.peers.incidents, distributionOf(result.latenciesMs).p99)
        if (result.errors > 0)
          measurements.note(`the obvious way: ${result.errors} errors, the first: ${result.firstError}`)
        const lone = await loadReports(context, withoutJobs.address, 1, options.seconds / 2)
        measurements.add(figures.uncoalesced, context.peers.incidents, distributionOf(lone.latenciesMs).p50)
        log(`intake ${round + 1}: the obvious way ${Math.round(result.perSecond)}/s`)
      })
    for (const contend of rotated(contenders, round)) {
      pace()
      await contend()
    }
  }
  await obvious?.withJobs.process.stop()
  await obvious?.withoutJobs.process.stop()
}

/** Sends reports of all places by turns for some seconds. */
export function loadReports(
  { places, signal }: RunContext,
  address: string,
  count: number,
  seconds: number,
): Promise<LoadResult> {
  const prepared = Array.from({ length: Math.ceil(count / places.length) }, () =>
    prepareReports(places, new URL(address).host),
  ).flat()
  return load({
    address,
    connections: count,
    // A connection has a request of its own, because it writes the key into it.
    next: (connection) => prepared[connection],
    warmUpMs,
    measureMs: seconds * 1_000,
    signal,
  })
}

function pgbenchReports(context: RunContext, threads: number, seconds: number): Promise<number> {
  const { pgbench, peers, samples, signal } = context
  if (pgbench === undefined) throw new Error('There is no pgbench on this machine.')
  return runPgbench({
    program: pgbench,
    url: peers.url,
    scripts: samples.filter((_, index) => index % scriptsEvery === 0).map(oneStatement),
    clients: connections,
    threads,
    amount: { seconds },
    signal,
  })
}

const sweepSeconds = 2

async function sweepPgbench(context: RunContext): Promise<number | undefined> {
  const { pgbench, measurements, options } = context
  if (pgbench === undefined) {
    measurements.note('There is no pgbench on this machine: install postgresql-contrib or postgresql-client.')
    return undefined
  }
  if (options.short) return 2
  const tried: { threads: number; perSecond: number }[] = []
  for (const threads of [1, 2])
    tried.push({ threads, perSecond: await pgbenchReports(context, threads, sweepSeconds) })
  const best = fastest(tried)
  for (const one of tried)
    measurements.addSweep({
      part: 'intake',
      peer: 'pgbench',
      configuration: `64 clients, prepared, ${one.threads} threads`,
      perSecond: Math.round(one.perSecond),
      chosen: one === best,
    })
  return best.threads
}

/** How the obvious way is set up. */
interface ObviousSettings {
  readonly poolMax: number
  /** Whether the driver sends what was asked together without waiting for each answer. */
  readonly pipeline: boolean
  /** Three calls of `add` at once, one of `addBulk`, or no jobs at all. */
  readonly jobs: 'each' | 'bulk' | 'none'
}

/** What an earlier sweep chose, for the short lane. */
const usualObvious: ObviousSettings = { poolMax: 20, pipeline: true, jobs: 'each' }

/** The obvious way in its fastest configuration, and the same without jobs; undefined where it is not wanted or fails. */
async function prepareObvious(context: RunContext) {
  if (!context.options.peers) return undefined
  const prepared: Record<'withJobs' | 'withoutJobs', Awaited<ReturnType<typeof startObvious>>>[] = []
  await context.attempt('intake', 'the obvious way', async () => {
    const settings = await sweepObvious(context)
    prepared.push({
      withJobs: await startObvious(context, settings),
      withoutJobs: await startObvious(context, { ...settings, jobs: 'none' }),
    })
  })
  return prepared[0]
}

async function sweepObvious(context: RunContext): Promise<ObviousSettings> {
  const { measurements, options, log } = context
  if (options.short) return usualObvious
  const tried: { settings: ObviousSettings; perSecond: number }[] = []
  async function attempt(settings: ObviousSettings): Promise<void> {
    const { address, process } = await startObvious(context, settings)
    const { perSecond } = await loadReports(context, address, connections, sweepSeconds)
    tried.push({ settings, perSecond })
    log(`${describeObvious(settings)}: ${Math.round(perSecond)}/s`)
    await process.stop()
  }
  for (const pipeline of [false, true])
    for (const jobs of ['each', 'bulk'] as const) await attempt({ poolMax: 20, pipeline, jobs })
  const { settings } = fastest(tried)
  for (const poolMax of [10, 40]) await attempt({ ...settings, poolMax })
  const best = fastest(tried)
  for (const one of tried)
    measurements.addSweep({
      part: 'intake',
      peer: 'single statements + BullMQ',
      configuration: describeObvious(one.settings),
      perSecond: Math.round(one.perSecond),
      chosen: one === best,
    })
  return best.settings
}

function describeObvious({ poolMax, pipeline, jobs }: ObviousSettings): string {
  const travelling = pipeline ? 'pipelined' : 'one by one'
  return `${poolMax} connections, ${travelling}, ${jobs === 'bulk' ? 'addBulk' : 'three adds at once'}`
}

export function fastest<T extends { readonly perSecond: number }>(tried: readonly T[]): T {
  const [best] = tried.toSorted((one, other) => other.perSecond - one.perSecond)
  if (best === undefined) throw new Error('Nothing was tried.')
  return best
}

async function startObvious(
  { processes, servers, peers, system, signal }: RunContext,
  settings: ObviousSettings,
) {
  const port = await findFreePort()
  const process = await processes.start({
    name: 'obvious-intake',
    module: new URL('peers/obvious-intake.ts', import.meta.url),
    args: [
      JSON.stringify({
        ...settings,
        ...issuing,
        databaseUrl: peers.url,
        redisUrl: servers.redisUrl,
        jwksFile: system.issuer.jwksPath,
      }),
    ],
    environment: { PATH: globalThis.process.env.PATH, PORT: String(port) },
  })
  await untilReady(process, port, signal)
  return { process, address: `http://127.0.0.1:${port}` }
}
