import { setTimeout as wait } from 'node:timers/promises'
import { settleOutbox } from './backlog.ts'
import { startOurs } from './contenders.ts'
import { readClock } from './due-round.ts'
import { load, type PreparedRequest, preparePost } from './http-load.ts'
import { loadReports } from './intake.ts'
import type { FigureKind } from './measurements.ts'
import type { Place } from './places.ts'
import { populateDue } from './populate.ts'
import { inRounds, type RunContext, type SizedDatabase } from './run-context.ts'
import { withClient } from './servers.ts'
import { distributionOf } from './statistics.ts'

const clients = 64
const warmUpMs = 1_000
/** Deadlines that fall due a second while people act. */
const firingPerSecond = 300
/** Cases that each client may need, with room to spare. */
const casesPerClientAndSecond = 25

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'actions',
  name: `actions.ours.${name}`,
  label: { zh, en },
  unit,
})

const figures = {
  rate: kind(
    'rate',
    '上报、反馈、到场交替，64 个客户端',
    'report-up, feedback, arrive by turns, 64 clients',
    '/s',
  ),
  p50: kind('p50', '　中位', '  median', 'ms'),
  p99: kind('p99', '　99 分位', '  99th percentile', 'ms'),
  errors: kind('errors', '　出错', '  errors', ''),
  lag: kind(
    'lag',
    '　期间到期的时限，晚发现 99 分位',
    '  deadlines due meanwhile, lag, 99th percentile',
    'ms',
  ),
} as const

/** Grid workers act on their cases while deadlines of others run out. */
export async function measureActions(context: RunContext): Promise<void> {
  await inRounds(context, measureOnce)
}

async function measureOnce(context: RunContext, database: SizedDatabase): Promise<void> {
  const { options, measurements, places, signal, log } = context
  const { address } = await context.api(database)
  await settleOutbox(database)
  const cases = await findCases(context, database, address)
  const ours = await startOurs(context, database, 1)
  const notices = await context.system.startNoticeWorker(database.name)
  const measureMs = options.seconds * 1_000

  const count = Math.round((firingPerSecond * measureMs) / 1_000)
  const dueAt = await withClient(database.url, async (client) => {
    const at = (await readClock(client)) + 2_000 + count
    await populateDue({ url: database.url, count, dueAt: at, spanMs: measureMs })
    await wait(Math.max(0, at - warmUpMs - (await readClock(client))), undefined, { signal })
    return at
  })
  const host = new URL(address).host
  const result = await load({
    address,
    connections: clients,
    next: (client) =>
      nextAction(
        cases.get(places[client % places.length]?.areaCode ?? '') ?? [],
        host,
        places[client % places.length],
        client,
      ),
    warmUpMs,
    measureMs,
    signal,
  })
  turns.clear()
  // The last ones fall due as the load ends.
  await wait(1_500, undefined, { signal })
  const lags = await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ lag: number }>(
      `select (extract(epoch from detected_at - due_at) * 1000)::float8 as lag from breaches
       where due_at between $1 and $2`,
      [new Date(dueAt), new Date(dueAt + measureMs)],
    )
    return rows.map(({ lag }) => lag)
  })
  await ours.stop()
  await notices.stop()

  const { p50, p99 } = distributionOf(result.latenciesMs)
  measurements.add(figures.rate, database.incidents, result.perSecond)
  measurements.add(figures.p50, database.incidents, p50)
  measurements.add(figures.p99, database.incidents, p99)
  measurements.add(figures.errors, database.incidents, result.errors)
  measurements.add(figures.lag, database.incidents, distributionOf(lags).p99)
  if (result.errors > 0)
    measurements.note(`actions: ${result.errors} errors, the first: ${result.firstError}`)
  if (lags.length < count) measurements.note(`actions: ${lags.length} of ${count} deadlines fired meanwhile`)
  log(
    `actions at ${database.incidents}: ${Math.round(result.perSecond)}/s, lag p99 ${Math.round(distributionOf(lags).p99)} ms`,
  )
}

const steps = [
  { path: 'report-up', body: { text: '已核实，请街道处理' } },
  { path: 'feedback', body: { text: '您反映的情况我们已经收到，正在联系车主挪车。' } },
  { path: 'arrive', body: { position: { latitude: 30.2203, longitude: 115.0774 } } },
] as const

/** What each client does next: three steps of one case, then another case. */
const turns = new Map<number, { incidentId: string; step: number }>()

function nextAction(
  cases: string[],
  host: string,
  place: Place | undefined,
  client: number,
): PreparedRequest | undefined {
  let turn = turns.get(client)
  if (turn === undefined || turn.step === steps.length) {
    const incidentId = cases.pop()
    if (incidentId === undefined) return undefined
    turn = { incidentId, step: 0 }
    turns.set(client, turn)
  }
  const step = steps[turn.step]
  if (step === undefined || place === undefined) return undefined
  turn.step += 1
  return preparePost({
    host,
    path: `/v1/incidents/${turn.incidentId}/${step.path}`,
    token: place.tokens.grid_worker,
    body: step.body,
  })
}

/** Cases that nobody has acted on yet, by community; reports them first where there are too few. */
async function findCases(
  context: RunContext,
  database: SizedDatabase,
  address: string,
): Promise<Map<string, string[]>> {
  const { options, places } = context
  const perPlace = Math.ceil((clients / places.length) * casesPerClientAndSecond * (options.seconds + 1))
  for (let attempt = 0; ; attempt += 1) {
    const found = new Map<string, string[]>()
    await withClient(database.url, async (client) => {
      for (const { areaCode } of places) {
        const { rows } = await client.query<{ id: string }>(
          `select id from incidents where area_code = $1 and state = 'received' and head_seq = 1
             and policy_id = (select id from policies where code = 'bench-intake' order by version desc limit 1)
           order by id desc limit $2`,
          [areaCode, perPlace],
        )
        found.set(
          areaCode,
          rows.map(({ id }) => id),
        )
      }
    })
    if (attempt === 3 || [...found.values()].every((ids) => ids.length === perPlace)) return found
    await loadReports(context, address, clients, options.seconds)
  }
}
