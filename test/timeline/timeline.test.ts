import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { publicTimeline } from '../../src/reporters/public-timeline.ts'
import { timelineRoutes } from '../../src/timeline/timeline-routes.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { serveWorld } from '../support/world-server.ts'

const page = z.object({
  items: z.array(
    z.looseObject({
      seq: z.int(),
      type: z.string(),
      at: z.string(),
      text: z.string(),
      actor: z.looseObject({ id: z.string().nullable() }).nullable(),
      note: z.looseObject({ text: z.string() }).nullable(),
      farFromPlace: z.boolean().nullable(),
      deadlines: z.array(z.looseObject({ change: z.string(), no: z.int(), promise: z.string() })),
      hash: z.string(),
    }),
  ),
  nextCursor: z.string().nullable(),
})

/** A case that breaks the report promise, climbs, is whistled by the street, and ends well. */
async function playCase({
  submit,
  act,
  settle,
  clock,
}: World): Promise<{ incidentId: string; reportId: string }> {
  const { incidentId, reportId } = await submit()
  clock.advance(worldPolicy.reportMs + 1_000)
  await settle()
  clock.advance(60_000)
  await act(
    incidentId,
    worldActors.street,
    { type: 'whistle', lead: worldUnits.fire, support: [] },
    {
      text: '请带拖车',
      textVisibleToReporter: false,
    },
  )
  clock.advance(60_000)
  await act(
    incidentId,
    worldActors.responder,
    { type: 'arrive', position: { latitude: 30.3, longitude: 115.0772 } },
    { occurredAt: clock.now() - 30_000, textVisibleToReporter: false },
  )
  await act(incidentId, worldActors.responder, { type: 'resolve' }, { text: '车已拖走，通道畅通' })
  return { incidentId, reportId }
}

t.test('the timeline tells each event in the language of the reader', async (t) => {
  const world = await createWorld(t)
  const read = await serveWorld(t, [timelineRoutes({ db: world.db })])
  const { incidentId } = await playCase(world)
  const url = `/v1/incidents/${incidentId}/timeline`

  const chinese = page.parse((await read('street', url, { 'accept-language': 'zh-CN' })).json())
  const { number } = await world.db
    .selectFrom('incidents')
    .select('number')
    .where('id', '=', incidentId)
    .executeTakeFirstOrThrow()
  t.same(
    chinese.items.map(({ text }) => text),
    [
      `收到居民的线索，立为事件 ${number}；由社区（胜阳港社区）负责：上报时限 09:10、反馈时限 10:00、到场时限 17:00`,
      '社区（胜阳港社区）超时未上报，升级至街道（胜阳港街道），新时限 09:20:01',
      '胜阳港街道吹哨，派单给黄石港区消防救援大队（主办），须于 17:00 前到场；反馈、到场改由街道（胜阳港街道）负责，时限不变；逾期兑现：上报',
      '处置人员（黄石港区消防救援大队）作为主办到场，所报位置离事发地过远，已标记；按时兑现：到场',
      '处置人员（黄石港区消防救援大队）办结；按时兑现：反馈',
    ],
  )
  const english = page.parse((await read('street', url)).json())
  t.same(
    english.items.map(({ text }) => text),
    [
      `A report from a resident opened incident ${number}; the community (胜阳港社区) is accountable: report by 09:10, feedback by 10:00, on-site by 17:00`,
      'The community (胜阳港社区) did not report up in time; escalated to the street (胜阳港街道), now due 09:20:01',
      '胜阳港街道 blew the whistle for 黄石港区消防救援大队 (lead), due on site by 17:00; the street (胜阳港街道) is now accountable for feedback, on-site, due as before; kept late: report',
      'The responder (黄石港区消防救援大队) arrived as lead; the claimed position is too far from the place and is flagged; kept in time: on-site',
      'The responder (黄石港区消防救援大队) resolved the incident; kept in time: feedback',
    ],
  )
  const [received, breached, whistled, arrived, resolved] = english.items
  t.match(received, { seq: 1, type: 'report_received', at: '2026-11-20T01:00:00.000Z', note: null })
  t.equal(breached?.actor, null, 'nobody did what a clock did')
  t.match(breached?.deadlines, [
    { change: 'breached', no: 1, promise: 'report', accountable: { name: '胜阳港社区' } },
    { change: 'started', no: 4, promise: 'report', accountable: { name: '胜阳港街道' } },
  ])
  t.match(whistled?.note, { text: '请带拖车', visibleToReporter: false })
  t.match(whistled?.actor, {
    id: worldActors.street.id,
    role: 'dispatcher',
    area: { code: huangshi.street, name: '胜阳港街道' },
    unit: null,
  })
  t.match(arrived, { farFromPlace: true, occurredAt: '2026-11-20T01:11:31.000Z' })
  t.equal(resolved?.note?.text, '车已拖走，通道畅通')
  const hashes = await world.db
    .selectFrom('events')
    .select('hash')
    .where('stream', '=', `incident/${incidentId}`)
    .orderBy('seq')
    .execute()
  t.same(
    english.items.map(({ hash }) => hash),
    hashes.map(({ hash }) => hash.toString('hex')),
  )
})

t.test('the timeline comes in pages by the number of the event', async (t) => {
  const world = await createWorld(t)
  const read = await serveWorld(t, [timelineRoutes({ db: world.db })])
  const { incidentId } = await playCase(world)
  const url = `/v1/incidents/${incidentId}/timeline?limit=2`
  const seen: number[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const response = await read('district', cursor === '' ? url : `${url}&cursor=${cursor}`)
    t.equal(response.statusCode, 200)
    const { items, nextCursor }: z.output<typeof page> = page.parse(response.json())
    t.ok(items.length <= 2)
    seen.push(...items.map(({ seq }) => seq))
    cursor = nextCursor
  }
  t.same(seen, [1, 2, 3, 4, 5])
})

t.test('the timeline of a foreign incident does not exist', async (t) => {
  const world = await createWorld(t)
  const read = await serveWorld(t, [timelineRoutes({ db: world.db })])
  const { incidentId } = await playCase(world)
  const url = `/v1/incidents/${incidentId}/timeline`
  const expected = {
    community: 200,
    gridWorker: 200,
    responder: 200,
    auditor: 200,
    administrator: 200,
    foreigner: 404,
    otherResponder: 404,
    resident: 403,
  } as const
  for (const as of [
    'community',
    'gridWorker',
    'responder',
    'auditor',
    'administrator',
    'foreigner',
    'otherResponder',
    'resident',
  ] as const) {
    t.equal((await read(as, url)).statusCode, expected[as], as)
  }
  const unknown = '/v1/incidents/01990000-0000-7000-8000-00000000ffff/timeline'
  t.equal((await read('district', unknown)).statusCode, 404)
})

t.test(
  'a reporter sees what was done and what was written to them, and nobody’s name or blame',
  async (t) => {
    const world = await createWorld(t)
    const { incidentId, reportId } = await playCase(world)
    const { items: steps } = await world.db
      .transaction()
      .execute((trx) =>
        publicTimeline(trx, { reportId, incidentId, language: 'zh', before: undefined, limit: 100 }),
      )
    t.same(
      steps.map(({ type, text, note }) => ({ type, text, note })),
      [
        { type: 'received', text: '胜阳港社区已受理您的线索', note: null },
        { type: 'running_late', text: '未能按时核实上报，已转由街道负责，新时限 09:20:01', note: null },
        { type: 'unit_called', text: '已通知黄石港区消防救援大队前往处理', note: null },
        { type: 'arrived', text: '处置人员已到场', note: null },
        { type: 'resolved', text: '已办结', note: '车已拖走，通道畅通' },
      ],
    )
    const everything = JSON.stringify(steps)
    for (const { id } of Object.values(worldActors)) t.notOk(everything.includes(id), id)
  },
)

t.test('a breach at the top and a unit’s breach are told apart', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  await world.act(incidentId, worldActors.community, { type: 'whistle', lead: worldUnits.fire, support: [] })
  for (let rung = 0; rung < 3; rung += 1) {
    world.clock.advance(worldPolicy.onSiteMs + 1)
    await world.settle()
  }
  const read = await serveWorld(t, [timelineRoutes({ db: world.db })])
  const { items } = page.parse(
    (await read('district', `/v1/incidents/${incidentId}/timeline`, { 'accept-language': 'zh' })).json(),
  )
  const texts = items.map(({ text }) => text)
  t.ok(texts.includes('单位（黄石港区消防救援大队）超时未到场，由事件自身的时限逐级升级'))
  t.ok(texts.includes('社区（胜阳港社区）超时未到场，升级至街道（胜阳港街道），新时限 2026-11-21 01:00'))
  t.ok(texts.includes('区（黄石港区）超时未到场，已到顶，列入红灯清单，兑现前一直由其负责'))
})

t.test('the timeline says what happened to each clock, and calls other cases by their numbers', async (t) => {
  const { db, submit, act, clock } = await createWorld(t)
  const read = await serveWorld(t, [timelineRoutes({ db })])
  const { incidentId } = await submit()
  clock.advance(60_000)
  const other = await submit()
  const { community, street, district } = worldActors
  const text = '道路封闭，等待抢修'
  const until = clock.now() + 86_400_000
  await act(incidentId, community, { type: 'request_pause', promises: ['on_site'], until }, { text })
  await act(incidentId, street, { type: 'approve_relief', reliefNo: 1 }, { text })
  clock.advance(3_600_000)
  await act(incidentId, street, { type: 'resume', reliefNo: 1 }, { text })
  await act(
    incidentId,
    community,
    { type: 'request_extension', promises: ['on_site'], byMs: 60_000 },
    { text },
  )
  await act(incidentId, street, { type: 'approve_relief', reliefNo: 2 }, { text })
  await act(incidentId, district, { type: 'urge' }, { text })
  await act(other.incidentId, street, { type: 'merge', into: incidentId }, { text })

  const url = `/v1/incidents/${incidentId}/timeline`
  const { items } = page.parse((await read('street', url, { 'accept-language': 'zh' })).json())
  const changes = (type: string) =>
    items
      .filter((item) => item.type === type)
      .map(({ deadlines }) => deadlines.map(({ change, promise }) => `${change} ${promise}`))
  t.same(changes('relief_approved'), [['paused on_site'], ['extended on_site']])
  t.same(changes('resumed'), [['resumed on_site']])
  t.same(changes('urged'), [['urged on_site', 'urged report', 'urged feedback']])
  t.same(changes('reports_joined'), [['advanced on_site', 'started feedback']])
  const { text: joined } = items.find(({ type }) => type === 'reports_joined') ?? {}
  t.match(joined, `调度员（胜阳港街道）将事件 ${other.number} 并入此事件`)
  const merged = page.parse((await read('street', `/v1/incidents/${other.incidentId}/timeline`)).json())
  const { number } = await db
    .selectFrom('incidents')
    .select('number')
    .where('id', '=', incidentId)
    .executeTakeFirstOrThrow()
  t.match(merged.items.at(-1)?.text, `The dispatcher (胜阳港街道) merged the incident into ${number}`)
})

t.test('the receipt says whether a report was filed for somebody else, and nothing of them', async (t) => {
  const world = await createWorld(t)
  const read = await serveWorld(t, [timelineRoutes({ db: world.db })])
  const contact = { name: '植入的老人', phone: '17700001111' }
  const received = async (reporter: Actor, onBehalf: boolean, language: 'zh' | 'en') => {
    const { incidentId } = await world.submit({ reporter, contact, onBehalf })
    const url = `/v1/incidents/${incidentId}/timeline`
    const { items } = page.parse((await read('street', url, { 'accept-language': language })).json())
    return items[0]?.text.split(/[,，] ?|(?= opened)/)[0]
  }
  const { gridWorker } = worldActors
  t.equal(await received(gridWorker, true, 'zh'), '收到网格员（胜阳港社区第一网格）代他人反映的线索')
  t.equal(
    await received(gridWorker, true, 'en'),
    'A report that the grid worker (胜阳港社区第一网格) filed for somebody else',
  )
  t.equal(await received(gridWorker, false, 'zh'), '收到网格员（胜阳港社区第一网格）的线索')
})
