import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import {
  type Candidate,
  type Contender,
  type PeerKind,
  type PeerProcess,
  peerContender,
  peerKinds,
  startPeer,
} from './contenders.ts'
import { type DueRound, readClock, runDueRound } from './due-round.ts'
import { firingStatement, readSampleFiring } from './firing-statement.ts'
import { fastest } from './intake.ts'
import { redisInfo } from './machine.ts'
import type { FigureKind } from './measurements.ts'
import { populateDue } from './populate.ts'
import type { RunContext, SizedDatabase } from './run-context.ts'
import { withClient } from './servers.ts'

const sweepDue = 3_000
/** A peer that has not finished by then is judged by what it did. */
export const peerLimitMs = 6_000

const redisPerJob: FigureKind = {
  part: 'deadlines',
  name: 'deadlines.bullmq.redis',
  label: { zh: 'BullMQ：每个任务占用 Redis', en: 'BullMQ: Redis memory a job' },
  unit: 'B',
}

/** A peer in its fastest configuration, with jobs that wait. */
export interface PreparedPeer {
  readonly contender: Contender
  readonly peer: PeerProcess
}

/**
 * Starts each library once, gives it jobs that wait, and finds the fastest configuration of each way to use it. A library
 * that fails is left out, and the run says so.
 */
export async function startPeers(context: RunContext): Promise<PreparedPeer[]> {
  const { peers: database, options, log, attempt } = context
  const fire = firingStatement(await fireSample(context, database))
  const modules = [...new Set(peerKinds.map(({ module }) => module))]
  const running = new Map<string, PeerProcess>()
  // Side by side, because a million jobs take minutes and nobody is measured meanwhile.
  await Promise.all(
    modules.map((module) =>
      attempt('deadlines', module, async () => {
        const peer = await startPeer(context, module, fire)
        await fill(context, module, peer)
        running.set(module, peer)
      }),
    ),
  )
  await afterFilling(context)
  noteOutstanding(context)
  const found: PreparedPeer[] = []
  for (const kind of peerKinds) {
    const peer = running.get(kind.module)
    if (peer === undefined) continue
    await attempt('deadlines', kind.name, async () => {
      found.push({ contender: await chooseConfiguration(context, kind, peer), peer })
    })
  }
  log(
    `${found.length} of ${peerKinds.length} peers are ready, each with ${options.peerOutstanding} jobs that wait`,
  )
  return found
}

async function fill(context: RunContext, module: PeerKind['module'], peer: PeerProcess): Promise<void> {
  const { peers: database, options, measurements, servers, log } = context
  const memory = async (): Promise<number> =>
    Number(await redisInfo(servers.redisUrl, 'memory', 'used_memory'))
  await peer.call('prepare')
  const before = await memory()
  const startedAt = performance.now()
  await peer.call('fill', options.peerOutstanding)
  log(
    `${module}: ${options.peerOutstanding} jobs after ${Math.round((performance.now() - startedAt) / 1_000)} s`,
  )
  // The only one of them that keeps its jobs in Redis.
  if (module === 'bullmq')
    measurements.add(redisPerJob, database.incidents, ((await memory()) - before) / options.peerOutstanding)
}

const rewriteLimitMs = 5 * 60_000

/** What a million new jobs leave for later (statistics, dead rows, Redis' file) must not fall into anybody's round. */
async function afterFilling({ peers, servers, signal }: RunContext): Promise<void> {
  await withClient(peers.url, async (client) => {
    await client.query('vacuum analyze')
    await client.query('checkpoint')
  })
  for (let waitedMs = 0; waitedMs < rewriteLimitMs; waitedMs += 500) {
    if ((await redisInfo(servers.redisUrl, 'persistence', 'aof_rewrite_in_progress')) !== '1') return
    await wait(500, undefined, { signal })
  }
}

function noteOutstanding({ options, measurements }: RunContext): void {
  const { peerOutstanding, outstanding } = options
  measurements.note(
    peerOutstanding < outstanding
      ? `Each peer has ${peerOutstanding} jobs waiting and ours ${outstanding} deadlines: adding more would take a run beyond its time. It favours the peers.`
      : `Each peer has ${peerOutstanding} jobs waiting, as ours has ${outstanding} deadlines running.`,
  )
}

async function chooseConfiguration(
  context: RunContext,
  kind: PeerKind,
  peer: PeerProcess,
): Promise<Contender> {
  const { peers: database, options, measurements, log, signal } = context
  const [first] = kind.candidates
  if (options.short) return peerContender(kind, peer, database, first.settings)
  const tried: { candidate: Candidate; perSecond: number }[] = []
  for (const candidate of kind.candidates) {
    const contender = peerContender(kind, peer, database, candidate.settings)
    const { perSecond }: DueRound = await runDueRound(contender, {
      count: Math.min(sweepDue, options.peerDue),
      spanMs: 0,
      limitMs: peerLimitMs,
      signal,
    })
    tried.push({ candidate, perSecond })
    log(`${kind.name}, ${candidate.configuration}: ${Math.round(perSecond)}/s`)
  }
  const best = fastest(tried)
  for (const one of tried)
    measurements.addSweep({
      part: 'deadlines',
      peer: kind.name,
      configuration: one.candidate.configuration,
      perSecond: Math.round(one.perSecond),
      chosen: one === best,
    })
  return peerContender(kind, peer, database, best.candidate.settings)
}

/** Stops the peers, and takes their jobs out of Redis, which ours share: what comes later is not to carry a million jobs. */
export async function stopPeers({ servers }: RunContext, peers: readonly PreparedPeer[]): Promise<void> {
  await Promise.all(peers.map(({ peer }) => peer.stop()))
  const redis = new Redis(servers.redisUrl)
  try {
    // By their prefix, because a Redis that was given may be somebody else's, too.
    const found = redis.scanStream({ match: '{bench-*', count: 10_000 })
    for await (const keys of found) if (keys.length > 0) await redis.unlink(...keys)
  } finally {
    redis.disconnect()
  }
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
