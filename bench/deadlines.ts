import { setTimeout as wait } from 'node:timers/promises'
import {
  type Contender,
  type OurWorkers,
  type PeerKind,
  type PeerProcess,
  peerContender,
  peerKinds,
  startOurs,
  startPeer,
} from './contenders.ts'
import { type DueRound, readClock, runDueRound } from './due-round.ts'
import { firingStatement, readSampleFiring } from './firing-statement.ts'
import { measureIdle } from './idle-cost.ts'
import { fastest } from './intake.ts'
import { redisInfo } from './machine.ts'
import type { FigureKind } from './measurements.ts'
import { runPgbench } from './pgbench.ts'
import { populateDue } from './populate.ts'
import { type RunContext, rotated, type SizedDatabase, visited } from './run-context.ts'
import { withClient } from './servers.ts'

/** A contender that has not finished by then is judged by what it did. */
const limitMs = { ours: 60_000, peer: 6_000 } as const
const sweepDue = 3_000
const warmUpDue = 2_000

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'deadlines',
  name: `deadlines.${name}`,
  label: { zh, en },
  unit,
})

/** Deadlines that fall due at once and within a second, ours at every size, the peers' in a copy of the largest. */
export async function measureDeadlines(context: RunContext): Promise<void> {
  const { options, databases, largest, log } = context
  const emptyRedis = await redisMemory(context)
  const count = await sweepOurs(context)
  const ours: OurWorkers[] = []
  const memory: number[] = [emptyRedis]
  for (const database of databases) {
    ours.push(await startOurs(context, database, count))
    await runDueRound(ours.at(-1) ?? fail(), round(context, warmUpDue, 0, limitMs.ours))
    memory.push(await redisMemory(context))
  }
  addRedisGrowth(context, memory)
  const peers = options.peers ? await startPeers(context) : []

  for (let no = 0; no < options.rounds; no += 1) {
    const contenders: (() => Promise<void>)[] = [
      ...ours
        .filter(({ database }) => visited(context, no, 0.1).includes(database))
        .map((contender) => () => measureContender(context, contender, options.due, limitMs.ours)),
      ...peers.map(
        ({ contender }) =>
          () =>
            measureContender(context, contender, options.peerDue, limitMs.peer),
      ),
      () => measureClaim(context),
    ]
    for (const contend of rotated(contenders, no)) {
      context.signal.throwIfAborted()
      context.pace()
      await contend()
    }
    log(`deadlines ${no + 1} of ${options.rounds}`)
  }
  for (const { peer } of peers) await peer.stop()
  for (const contender of ours) if (contender.database !== largest) await contender.stop()
  const atLargest = ours.find(({ database }) => database === largest) ?? fail()
  await measureIdle(context, atLargest.workers)
  await atLargest.stop()
}

function fail(): never {
  throw new Error('There is a database of the largest size.')
}

function round({ signal }: RunContext, count: number, spanMs: number, limit: number) {
  return { count, spanMs, limitMs: limit, signal }
}

async function measureContender(
  context: RunContext,
  contender: Contender,
  due: number,
  limit: number,
): Promise<void> {
  const { measurements, options, log } = context
  const { name, label, database } = contender
  const atOnce = await runDueRound(contender, round(context, due, 0, limit))
  measurements.add(
    kind(`${name}.rate`, `${label.zh}：同时到期`, `${label.en}: due at once`, '/s'),
    database.incidents,
    atOnce.perSecond,
  )
  const within: DueRound = await runDueRound(contender, round(context, options.within, 1_000, limit))
  for (const part of ['p50', 'p99', 'max'] as const)
    measurements.add(
      kind(
        `${name}.${part}`,
        `　一秒内到期，${lagWords[part].zh}`,
        `  due within a second, ${lagWords[part].en}`,
        'ms',
      ),
      database.incidents,
      within.lag[part],
    )
  log(
    `${name} at ${database.incidents}: ${Math.round(atOnce.perSecond)}/s (${atOnce.fired}), lag p99 ${Math.round(within.lag.p99)} ms (${within.fired})`,
  )
}

const lagWords = {
  p50: { zh: '晚发现的中位', en: 'median lag' },
  p99: { zh: '99 分位', en: '99th percentile' },
  max: { zh: '最晚', en: 'latest' },
} as const

async function sweepOurs(context: RunContext): Promise<number> {
  const { databases, measurements, options } = context
  if (options.short) return 1
  const tried: { count: number; perSecond: number }[] = []
  for (const count of [1, 2]) {
    const ours = await startOurs(context, databases[0], count)
    await runDueRound(ours, round(context, warmUpDue, 0, limitMs.ours))
    const { perSecond } = await runDueRound(ours, round(context, sweepDue * 2, 0, limitMs.ours))
    tried.push({ count, perSecond })
    await ours.stop()
  }
  const best = fastest(tried)
  for (const one of tried)
    measurements.addSweep({
      part: 'deadlines',
      peer: 'ours',
      configuration: `${one.count} worker ${one.count === 1 ? 'process' : 'processes'}`,
      perSecond: Math.round(one.perSecond),
      chosen: one === best,
    })
  return best.count
}

/** Starts each library once, gives it jobs that wait, and finds its fastest configuration. */
async function startPeers(context: RunContext): Promise<{ contender: Contender; peer: PeerProcess }[]> {
  const { peers: database, options, measurements } = context
  const fire = firingStatement(await fireSample(context, database))
  const started = new Map<string, PeerProcess>()
  const found: { contender: Contender; peer: PeerProcess }[] = []
  for (const peerKind of peerKinds) {
    const running = started.get(peerKind.module)
    const peer = running ?? (await startPeer(context, peerKind.module, fire))
    started.set(peerKind.module, peer)
    if (running === undefined) {
      await peer.call('prepare')
      const before = await redisMemory(context)
      await peer.call('fill', options.peerOutstanding)
      if (peerKind.module === 'bullmq')
        measurements.add(
          kind('bullmq.redis', 'BullMQ：每个任务占用 Redis', 'BullMQ: Redis memory a job', 'B'),
          database.incidents,
          ((await redisMemory(context)) - before) / options.peerOutstanding,
        )
    }
    found.push({ contender: await chooseConfiguration(context, peerKind, peer), peer })
  }
  return found
}

async function chooseConfiguration(
  context: RunContext,
  peerKind: PeerKind,
  peer: PeerProcess,
): Promise<Contender> {
  const { peers: database, options, measurements, log } = context
  const [first] = peerKind.candidates
  if (options.short) return peerContender(peerKind, peer, database, first.settings)
  const tried: { candidate: typeof first; perSecond: number }[] = []
  for (const candidate of peerKind.candidates) {
    const contender = peerContender(peerKind, peer, database, candidate.settings)
    const { perSecond } = await runDueRound(contender, round(context, sweepDue, 0, limitMs.peer))
    tried.push({ candidate, perSecond })
    log(`${peerKind.name}, ${candidate.configuration}: ${Math.round(perSecond)}/s`)
  }
  const best = fastest(tried)
  for (const one of tried)
    measurements.addSweep({
      part: 'deadlines',
      peer: peerKind.name,
      configuration: one.candidate.configuration,
      perSecond: Math.round(one.perSecond),
      chosen: one === best,
    })
  return peerContender(peerKind, peer, database, best.candidate.settings)
}

/** Lets one of our workers fire one deadline, whose rows are then the pattern of what the peers write. */
async function fireSample(context: RunContext, database: SizedDatabase) {
  const worker = await context.system.startDeadlineWorker(database.name)
  const dueAt = await withClient(database.url, async (client) => (await readClock(client)) - 1_000)
  const [incidentId] = await populateDue({ url: database.url, count: 1, dueAt, spanMs: 0 })
  if (incidentId === undefined) throw new Error('A deadline that is due belongs to an incident.')
  for (let waitedMs = 0; ; waitedMs += 100) {
    const fired = await withClient(database.url, async (client) => {
      const { rowCount } = await client.query('select from breaches where incident_id = $1', [incidentId])
      return rowCount === 1
    })
    if (fired) break
    if (waitedMs > 20_000) throw new Error(`A worker of ours does not fire:\n${worker.log()}`)
    await wait(100, undefined, { signal: context.signal })
  }
  await worker.stop()
  return await readSampleFiring(database.url, incidentId)
}

/** The least that firing can be: the claim alone, 500 at a time, without anything that it is for. */
async function measureClaim(context: RunContext): Promise<void> {
  const { pgbench, peers, options, measurements, signal, log } = context
  if (pgbench === undefined) return
  const dueAt = await withClient(peers.url, async (client) => (await readClock(client)) - 1_000)
  await populateDue({ url: peers.url, count: options.due, dueAt, spanMs: 0 })
  const perSecond = await runPgbench({
    program: pgbench,
    url: peers.url,
    scripts: [claimScript],
    clients: 1,
    threads: 1,
    amount: { transactions: Math.ceil(options.due / claimSize) },
    signal,
  })
  measurements.add(
    kind('claim.rate', '上限：pgbench 只认领', 'limit: pgbench’s bare claim', '/s'),
    peers.incidents,
    perSecond * claimSize,
  )
  log(`pgbench claims ${Math.round(perSecond * claimSize)}/s`)
}

const claimSize = 500
const claimScript = `with clock as materialized (select date_trunc('milliseconds', clock_timestamp()) as at),
overdue as materialized (
  select incident_id, no from deadlines, clock where state = 'running' and due_at < clock.at
  order by due_at limit ${claimSize} for no key update of deadlines skip locked)
update deadlines set state = 'breached', settled_at = clock.at, settled_seq = 1 from overdue, clock
where deadlines.incident_id = overdue.incident_id and deadlines.no = overdue.no;
`

async function redisMemory({ servers }: RunContext): Promise<number> {
  return Number(await redisInfo(servers.redisUrl, 'memory', 'used_memory'))
}

/**
 * What a deadline adds to Redis: starting workers costs the same at every size, so what the largest database cost more
 * than the smallest is due to its deadlines.
 */
function addRedisGrowth(
  { databases, options, largest, measurements }: RunContext,
  memory: readonly number[],
): void {
  const costs = memory.slice(1).map((bytes, index) => bytes - (memory[index] ?? 0))
  const more = (costs.at(-1) ?? 0) - (costs[0] ?? 0)
  const share = 1 - databases[0].incidents / largest.incidents
  if (databases.length < 2) return
  measurements.add(
    kind('ours.redis', '本系统：每个时限占用 Redis', 'ours: Redis memory a deadline', 'B'),
    largest.incidents,
    Math.max(0, more) / (options.outstanding * share),
  )
}
