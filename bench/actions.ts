import { setTimeout as wait } from 'node:timers/promises'
import { settleOutbox } from './backlog.ts'
import { startOurs } from './contenders.ts'
import { readClock } from './due-round.ts'
import { load, type NextRequest, preparePost } from './http-load.ts'
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

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'actions',
  name: `actions.${name}`,
  label: { zh, en },
  unit,
})

const figuresOf = (name: string, zh: string, en: string) => ({
  rate: kind(`${name}.rate`, zh, en, '/s'),
  p50: kind(`${name}.p50`, '　中位', '  median', 'ms'),
  p99: kind(`${name}.p99`, '　99 分位', '  99th percentile', 'ms'),
  errors: kind(`${name}.errors`, '　出错', '  errors', ''),
  lag: kind(
    `${name}.lag`,
    '　期间到期的时限，晚发现 99 分位',
    '  deadlines due meanwhile, lag, 99th percentile',
    'ms',
  ),
})

interface Step {
  readonly path: string
  readonly by: keyof Place['tokens']
  readonly body: (place: Place, cases: CasesInHand) => object
  /** What it is about: the case in hand, a younger one of the same thing, or the report; the case by default. */
  readonly about?: 'younger' | 'report'
}

interface OpenCase {
  readonly id: string
  readonly reportId: string
}

/** What a client has in hand: a case, and a younger one where the steps need one. */
interface CasesInHand {
  readonly own: OpenCase
  readonly younger: OpenCase | undefined
}

/** What each client does to one case after the other, and how many cases a client may need a second, with room to spare. */
interface Handling {
  readonly name: string
  readonly figures: ReturnType<typeof figuresOf>
  readonly steps: readonly Step[]
  readonly casesPerClientAndSecond: number
}

const says = (text: string) => () => ({ text })
const nothing = () => ({})
const whistles = ({ unitCode }: Place) => ({ lead: unitCode })
const hourMs = 3_600_000

const handlings: readonly Handling[] = [
  {
    name: 'by turns',
    figures: figuresOf(
      'ours',
      '上报、反馈、到场交替，64 个客户端',
      'report-up, feedback, arrive by turns, 64 clients',
    ),
    steps: [
      { path: 'report-up', by: 'grid_worker', body: says('已核实，请街道处理') },
      { path: 'feedback', by: 'grid_worker', body: says('您反映的情况我们已经收到，正在联系车主挪车。') },
      {
        path: 'arrive',
        by: 'grid_worker',
        body: () => ({ position: { latitude: 30.2203, longitude: 115.0774 } }),
      },
    ],
    casesPerClientAndSecond: 25,
  },
  {
    name: 'a whole case',
    figures: figuresOf(
      'whole',
      '整案：并案、反馈、挂账、延期、督办、吹哨、退单、下派、到场、办结、评价，64 个客户端',
      'whole cases: merge, pause, extension, urging, whistle, return, handing down, rating and so on, 64 clients',
    ),
    steps: [
      {
        path: 'merge',
        about: 'younger',
        by: 'dispatcher',
        body: (_, { own }) => ({ into: own.id, text: '同一事项，并案处理' }),
      },
      { path: 'feedback', by: 'grid_worker', body: says('您反映的情况我们已经收到。') },
      {
        path: 'request-pause',
        by: 'dispatcher',
        body: () => ({
          text: '等待产权单位答复',
          promises: ['on_site'],
          until: new Date(Date.now() + hourMs).toISOString(),
        }),
      },
      { path: 'approve-relief', by: 'street', body: () => ({ reliefNo: 1 }) },
      { path: 'resume', by: 'dispatcher', body: () => ({ reliefNo: 1 }) },
      {
        path: 'request-extension',
        by: 'dispatcher',
        body: () => ({ text: '需调集机具', promises: ['on_site'], byMs: hourMs }),
      },
      { path: 'approve-relief', by: 'street', body: () => ({ reliefNo: 2 }) },
      { path: 'urge', by: 'street', body: says('请尽快处理') },
      { path: 'whistle', by: 'street', body: whistles },
      { path: 'accept', by: 'responder', body: nothing },
      { path: 'return', by: 'responder', body: says('不属于本单位职责') },
      { path: 'hand-down', by: 'street', body: ({ areaCode }) => ({ areaCode }) },
      { path: 'accept', by: 'grid_worker', body: nothing },
      { path: 'arrive', by: 'grid_worker', body: nothing },
      { path: 'resolve', by: 'dispatcher', body: says('消防通道已清空。') },
      {
        path: 'rating',
        about: 'report',
        by: 'resident',
        body: () => ({ solved: true, satisfaction: 5, text: '处理得很快，谢谢。' }),
      },
    ],
    casesPerClientAndSecond: 6,
  },
]

/** People act on their cases while deadlines of others run out. */
export async function measureActions(context: RunContext): Promise<void> {
  await inRounds(context, async (within, database) => {
    for (const handling of handlings) await measureOnce(within, database, handling)
  })
}

async function measureOnce(context: RunContext, database: SizedDatabase, handling: Handling): Promise<void> {
  const { options, measurements, places, signal, log } = context
  const { figures, steps } = handling
  const { address } = await context.api(database)
  await settleOutbox(database)
  const perClient = Math.ceil(handling.casesPerClientAndSecond * (options.seconds + 1))
  const cases = await findCases(context, { database, address, perClient })
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
  const result = await load({
    address,
    connections: clients,
    next: stepsByTurns(steps, { host: new URL(address).host, places, cases }),
    warmUpMs,
    measureMs,
    signal,
  })
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
    measurements.note(`actions, ${handling.name}: ${result.errors} errors, the first: ${result.firstError}`)
  if (lags.length < count)
    measurements.note(`actions, ${handling.name}: ${lags.length} of ${count} deadlines fired meanwhile`)
  log(
    `actions, ${handling.name}, at ${database.incidents}: ${Math.round(result.perSecond)}/s, lag p99 ${Math.round(distributionOf(lags).p99)} ms`,
  )
}

/** What each client does next: all steps of one case, then another case. */
function stepsByTurns(
  steps: readonly Step[],
  {
    host,
    places,
    cases,
  }: {
    readonly host: string
    readonly places: readonly Place[]
    readonly cases: ReadonlyMap<string, OpenCase[]>
  },
): NextRequest {
  const turns = new Map<number, CasesInHand & { step: number }>()
  const needsYounger = steps.some(({ about }) => about === 'younger')
  return (client) => {
    const place = places[client % places.length]
    if (place === undefined) return undefined
    let turn = turns.get(client)
    if (turn === undefined || turn.step === steps.length) {
      const left = cases.get(place.areaCode)
      const own = left?.pop()
      const younger = needsYounger ? left?.pop() : undefined
      if (own === undefined || (needsYounger && younger === undefined)) return undefined
      turn = { own, younger, step: 0 }
      turns.set(client, turn)
    }
    const step = steps[turn.step]
    if (step === undefined) return undefined
    turn.step += 1
    return preparePost({
      host,
      path: `${resourceOf(step, turn)}/${step.path}`,
      token: place.tokens[step.by],
      body: step.body(place, turn),
    })
  }
}

function resourceOf({ about }: Step, { own, younger }: CasesInHand): string {
  if (about === 'report') return `/v1/reports/${own.reportId}`
  return `/v1/incidents/${about === 'younger' ? younger?.id : own.id}`
}

/** Cases that nobody has acted on yet, by community, the oldest last; reports them first where there are too few. */
async function findCases(
  context: RunContext,
  {
    database,
    address,
    perClient,
  }: { readonly database: SizedDatabase; readonly address: string; readonly perClient: number },
): Promise<Map<string, OpenCase[]>> {
  const { options, places } = context
  const perPlace = Math.ceil((clients / places.length) * perClient)
  for (let attempt = 0; ; attempt += 1) {
    const found = new Map<string, OpenCase[]>()
    await withClient(database.url, async (client) => {
      for (const { areaCode } of places) {
        const { rows } = await client.query<OpenCase>(
          `select id, (select r.id from reports r where r.incident_id = i.id) as "reportId" from (
             select id, received_at from incidents where area_code = $1 and state = 'received' and head_seq = 1
               and policy_id = (select id from policies where code = 'bench-intake' order by version desc limit 1)
             order by id desc limit $2) i
           order by received_at desc, id desc`,
          [areaCode, perPlace],
        )
        found.set(areaCode, rows)
      }
    })
    if (attempt === 3 || [...found.values()].every((ids) => ids.length === perPlace)) return found
    await loadReports(context, address, clients, options.seconds)
  }
}
