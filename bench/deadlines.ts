import { type Contender, type OurWorkers, startOurs } from './contenders.ts'
import { type DueRound, readClock, runDueRound } from './due-round.ts'
import { measureIdle } from './idle-cost.ts'
import { fastest } from './intake.ts'
import { redisInfo } from './machine.ts'
import type { FigureKind } from './measurements.ts'
import { peerLimitMs, startPeers, stopPeers } from './peer-queues.ts'
import { runPgbench } from './pgbench.ts'
import { populateDue } from './populate.ts'
import { type RunContext, rotated, visited } from './run-context.ts'
import { withClient } from './servers.ts'

/** We have to finish, or the figure says by how much we did not. */
const ourLimitMs = 60_000
const sweepDue = 6_000
const warmUpDue = 2_000

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'deadlines',
  name: `deadlines.${name}`,
  label: { zh, en },
  unit,
})

/** Deadlines that fall due at once and within a second, ours at every size, the peers' in a copy of the largest. */
export async function measureDeadlines(context: RunContext): Promise<void> {
  const { options, databases, largest, log, attempt } = context
  const emptyRedis = await redisMemory(context)
  const count = await sweepOurs(context)
  const ours: OurWorkers[] = []
  const memory: number[] = [emptyRedis]
  for (const database of databases) {
    ours.push(await startOurs(context, database, count))
    await runDueRound(ours.at(-1) ?? fail(), round(context, warmUpDue, 0, ourLimitMs))
    memory.push(await redisMemory(context))
  }
  addRedisGrowth(context, memory)
  const peers = options.peers ? await startPeers(context) : []
  const failed = new Set<Contender>()

  for (let no = 0; no < options.rounds; no += 1) {
    const contenders: (() => Promise<void>)[] = [
      ...ours
        .filter(({ database }) => visited(context, no, 0.1).includes(database))
        .map((contender) => () => measureContender(context, contender, options.due, ourLimitMs)),
      ...peers.map(({ contender }) => async () => {
        // Whichever of them fails once is left out from then on: its rounds would not be the others' rounds any more.
        if (failed.has(contender)) return
        const measured = await attempt('deadlines', contender.name, () =>
          measureContender(context, contender, options.peerDue, peerLimitMs),
        )
        if (!measured) failed.add(contender)
      }),
      () => measureClaim(context),
    ]
    for (const contend of rotated(contenders, no)) {
      context.signal.throwIfAborted()
      context.pace()
      await contend()
    }
    log(`deadlines ${no + 1} of ${options.rounds}`)
  }
  await stopPeers(context, peers)
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
    await runDueRound(ours, round(context, warmUpDue, 0, ourLimitMs))
    const { perSecond } = await runDueRound(ours, round(context, sweepDue, 0, ourLimitMs))
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
