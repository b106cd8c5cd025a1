import { setTimeout as wait } from 'node:timers/promises'
import { startOurs } from './contenders.ts'
import { readClock } from './due-round.ts'
import { load } from './http-load.ts'
import type { FigureKind } from './measurements.ts'
import { prepareReports } from './places.ts'
import { populateDue } from './populate.ts'
import { inRounds, type RunContext, type SizedDatabase } from './run-context.ts'
import { withClient } from './servers.ts'
import { distributionOf } from './statistics.ts'

/** What phones send meanwhile: a city's reports at a busy hour, far below what the API can take. */
const reportsPerSecond = 60
const connections = 16
const beforeMs = { full: 8_000, short: 3_000 } as const
/** Long before this the goal is missed. */
const drainLimitMs = 120_000
/** An outage's: what is longer overdue than a burst ever is, however quickly the rows were made. */
const overdueMs = 60_000
/** Each look steps over what has been settled already. */
const pollMs = 100

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'backlog',
  name: `backlog.${name}`,
  label: { zh, en },
  unit,
})

const figures = {
  seconds: kind('ours.seconds', '积压清空', 'backlog drained', 's'),
  rate: kind('ours.rate', '　每秒', '  a second', '/s'),
  before: kind('api.before', '此前接口 99 分位', 'API, 99th percentile before', 'ms'),
  during: kind('api.during', '清空期间接口 99 分位', 'API, 99th percentile meanwhile', 'ms'),
} as const

/** An outage of the workers: what fell due meanwhile is drained while phones go on reporting. */
export async function measureBacklog(context: RunContext): Promise<void> {
  await inRounds(context, measureOnce)
}

async function measureOnce(context: RunContext, database: SizedDatabase): Promise<void> {
  const { options, measurements, signal, log } = context
  const { address } = await context.api(database)
  await settleOutbox(database)
  const count = Math.min(options.backlog, database.incidents)
  const ours = await startOurs(context, database, 1)
  const notices = await context.system.startNoticeWorker(database.name)
  const measureMs = beforeMs[options.short ? 'short' : 'full']
  const before = await report(context, address, measureMs, signal)
  await ours.stop()
  await notices.stop()

  const dueAt = await withClient(database.url, async (client) => (await readClock(client)) - overdueMs)
  await populateDue({ url: database.url, count, dueAt, spanMs: 1_000 })
  const drained = new AbortController()
  const reporting = report(context, address, drainLimitMs, AbortSignal.any([signal, drained.signal]))
  const startedAt = performance.now()
  const starting = Promise.all([
    startOurs(context, database, 1),
    context.system.startNoticeWorker(database.name),
  ])
  await untilNothingIsOverdue(context, database, startedAt)
  const seconds = (performance.now() - startedAt) / 1_000
  drained.abort()
  const during = await reporting
  const [oursAgain, noticesAgain] = await starting
  await oursAgain.stop()
  await noticesAgain.stop()

  measurements.add(figures.seconds, database.incidents, seconds)
  measurements.add(figures.rate, database.incidents, count / seconds)
  measurements.add(figures.before, database.incidents, distributionOf(before.latenciesMs).p99)
  measurements.add(figures.during, database.incidents, distributionOf(during.latenciesMs).p99)
  for (const { errors, firstError } of [before, during])
    if (errors > 0) measurements.note(`backlog: ${errors} errors of the API, the first: ${firstError}`)
  log(`backlog of ${count} at ${database.incidents}: ${seconds.toFixed(1)} s`)
}

function report({ places }: RunContext, address: string, measureMs: number, signal: AbortSignal) {
  const prepared = prepareReports(places, new URL(address).host)
  return load({
    address,
    connections,
    next: (connection) => prepared[connection],
    warmUpMs: 500,
    measureMs,
    perSecond: reportsPerSecond,
    signal,
  })
}

/** Notices of earlier rounds are not what is measured here. */
export async function settleOutbox({ url }: SizedDatabase): Promise<void> {
  await withClient(url, (client) =>
    client.query('update outbox set delivered_at = created_at, offer_at = null where offer_at is not null'),
  )
}

const overdueSql = `select due_at < clock_timestamp() as overdue from deadlines
  where state = 'running' order by due_at limit 1`

/**
 * Asks for the earliest one that runs, which is the first entry of an index. Asked whether any is overdue, Postgres takes most
 * of what is past for overdue, because most of it is settled, and reads the table until it comes upon one: in large tables that
 * would keep a core busy, and be measured as the cost of draining.
 */
async function untilNothingIsOverdue(
  { signal }: RunContext,
  { url }: SizedDatabase,
  startedAt: number,
): Promise<void> {
  await withClient(url, async (client) => {
    while (performance.now() - startedAt < drainLimitMs) {
      const { rows } = await client.query<{ overdue: boolean }>({ name: 'overdue', text: overdueSql })
      if (rows[0]?.overdue !== true) return
      await wait(pollMs, undefined, { signal })
    }
    throw new Error(`The backlog was not drained within ${drainLimitMs / 1_000} s.`)
  })
}
