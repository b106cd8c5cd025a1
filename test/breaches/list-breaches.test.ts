import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { pointersOf, problemOf } from '../http/open-http-server.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi, huangshiFile } from '../support/world-areas.ts'
import { auditorOfCity, openBreachApi, type ReadBreach } from './open-breach-api.ts'

const minute = 60_000
const iso = (at: number): string => new Date(at).toISOString()
const brief = ({ promise, rung, status, outcome }: ReadBreach): string[] => [promise, rung, status, outcome]

t.test('a breach tells who was accountable for what, since when, and which event proves it', async (t) => {
  const { world, list } = await openBreachApi(t)
  const receivedAt = world.clock.now()
  const { incidentId, number } = await world.submit()
  world.clock.advance(worldPolicy.reportMs + 2_500)
  await world.settle()
  world.clock.advance(5 * minute)
  const keptAt = world.clock.now()
  const occurredAt = receivedAt + 9 * minute
  await world.act(incidentId, worldActors.community, { type: 'report_up' }, { occurredAt })

  const stream = `incident/${incidentId}`
  const event = await world.db
    .selectFrom('events')
    .select(['seq', 'hash'])
    .where('stream', '=', stream)
    .where('type', '=', 'deadline_breached')
    .executeTakeFirstOrThrow()
  t.same(await list(), [
    {
      incidentId,
      deadlineNo: 1,
      number,
      areaPath: [
        { code: huangshi.city, name: '黄石市' },
        { code: huangshi.district, name: '黄石港区' },
        { code: huangshi.street, name: '胜阳港街道' },
        { code: huangshi.community, name: '胜阳港社区' },
        { code: huangshi.grid, name: '胜阳港社区第一网格' },
      ],
      category: { code: 'fire_lane_blocked', nameZh: '消防通道堵塞', nameEn: 'Fire lane blocked' },
      promise: 'report',
      rung: 'community',
      accountable: { kind: 'area', code: huangshi.community, name: '胜阳港社区' },
      startedAt: iso(receivedAt),
      dueAt: iso(receivedAt + worldPolicy.reportMs),
      detectedAt: iso(receivedAt + worldPolicy.reportMs + 2_500),
      lagMs: 2_500,
      fulfilledAt: iso(keptAt),
      latenessMs: keptAt - receivedAt - worldPolicy.reportMs,
      status: 'fulfilled',
      outcome: 'escalated',
      policy: { id: worldPolicy.id, code: worldPolicy.code, version: 1 },
      requestInTimeAt: null,
      claimedAt: iso(occurredAt),
      event: { stream, seq: event.seq, hash: event.hash.toString('hex') },
      prolongedMs: 0,
      clockFault: false,
      pausedMs: 0,
      extendedMs: 0,
      urges: 0,
      handedOver: false,
    },
  ])
})

t.test('a request that had arrived in time is shown beside the breach', async (t) => {
  const { world, list } = await openBreachApi(t)
  const { incidentId } = await world.submit()
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.act(incidentId, worldActors.community, { type: 'report_up' }, { queuedMs: 1_000 })
  const [breach] = await list({ promise: 'report' })
  t.ok(breach?.requestInTimeAt)
  t.ok(Date.parse(breach?.requestInTimeAt ?? '') <= Date.parse(breach?.dueAt ?? ''))
  t.equal(breach?.claimedAt, null, 'nothing was claimed')
})

t.test('a breach is open, fulfilled or ended, and exhausted at the top', async (t) => {
  const { world, list } = await openBreachApi(t)
  const { incidentId } = await world.submit()
  await world.act(incidentId, worldActors.community, { type: 'feedback' }, { text: '已派人去看' })
  for (const _rung of ['community', 'street', 'district']) {
    world.clock.advance(worldPolicy.reportMs + 1)
    await world.settle()
  }
  t.same((await list()).map(brief), [
    ['report', 'district', 'open', 'exhausted'],
    ['report', 'street', 'open', 'escalated'],
    ['report', 'community', 'open', 'escalated'],
  ])
  await world.act(incidentId, worldActors.community, { type: 'report_up' })
  world.clock.advance(worldPolicy.onSiteMs)
  await world.settle()
  t.same(
    (await list({ promise: 'on_site' })).map(brief),
    [['on_site', 'street', 'open', 'escalated']],
    'what was handed over ran out once, at the area that had it',
  )
  await world.act(incidentId, worldActors.street, { type: 'reject' }, { text: '重复上报' })
  t.same((await list({ promise: 'on_site' })).map(brief), [['on_site', 'street', 'ended', 'escalated']])
  t.same(new Set((await list({ promise: 'report' })).map(({ status }) => status)), new Set(['fulfilled']))
  await world.act(incidentId, worldActors.street, { type: 'reopen' }, { text: '并非重复' })
  t.same(
    (await list({ promise: 'on_site' })).map(brief),
    [['on_site', 'street', 'ended', 'escalated']],
    'what was owed before the reopening is not owed anew',
  )
})

t.test("a unit's breach names the unit, and is found by it", async (t) => {
  const { world, list } = await openBreachApi(t)
  const { incidentId } = await world.submit()
  await world.act(incidentId, worldActors.community, { type: 'whistle', lead: worldUnits.fire, support: [] })
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  const ofUnit = await list({ unitCode: worldUnits.fire })
  t.same(ofUnit.map(brief), [['on_site', 'unit', 'open', 'carried']])
  t.same(ofUnit[0]?.accountable, { kind: 'unit', code: worldUnits.fire, name: '黄石港区消防救援大队' })
  t.same(await list({ rung: 'unit' }), ofUnit)
  t.same(await list({ unitCode: worldUnits.volunteers }), [])
  t.equal((await list({ promise: 'on_site' })).length, 2, 'the area has one of its own')
})

t.test('each caller sees the subtree of their own area, and only roles that may', async (t) => {
  const { world, list, get } = await openBreachApi(t)
  await world.submit()
  await world.submit({ areaCode: huangshi.neighbour })
  await world.submit({ areaCode: huangshi.foreignCommunity })
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  const places = async (query = {}, actor = auditorOfCity) =>
    (await list(query, actor)).map(({ areaPath }) => areaPath.at(-1)?.code).sort()

  t.same(await places(), [huangshi.neighbour, huangshi.grid, huangshi.foreignCommunity])
  t.same(await places({}, worldActors.district), [huangshi.neighbour, huangshi.grid])
  t.same(await places({}, worldActors.community), [huangshi.grid])
  t.same(await places({}, worldActors.foreigner), [huangshi.foreignCommunity])
  t.same(await places({ areaCode: huangshi.street }), [huangshi.neighbour, huangshi.grid])
  t.same(await places({ areaCode: huangshi.community }), [huangshi.grid])
  t.same(await places({ areaCode: huangshi.street }, worldActors.foreigner), [], 'no filter widens it')
  t.same(await places({ areaCode: huangshi.city }, worldActors.community), [huangshi.grid])
  for (const actor of [worldActors.resident, worldActors.gridWorker, worldActors.responder]) {
    for (const path of ['breaches', 'breaches.csv', 'breaches/summary']) {
      t.equal(problemOf(await get(`/v1/audit/${path}`, {}, actor)).code, 'forbidden', `${actor.role} ${path}`)
    }
  }
})

t.test('a period includes its beginning and not its end, and a date is a midnight in Shanghai', async (t) => {
  const { world, list } = await openBreachApi(t)
  const midnight = Date.parse('2026-11-01T00:00:00+08:00')
  for (const due of [midnight - 1, midnight]) {
    world.clock.set(due - worldPolicy.reportMs)
    await world.submit()
  }
  world.clock.set(midnight + 1)
  await world.settle()
  const dues = async (query: Record<string, string>) => (await list(query)).map(({ dueAt }) => dueAt)
  const before = '2026-10-31T15:59:59.999Z'
  const at = '2026-10-31T16:00:00.000Z'
  t.same(await dues({}), [at, before])
  t.same(await dues({ from: '2026-11-01' }), [at])
  t.same(await dues({ to: '2026-11-01' }), [before])
  t.same(await dues({ from: at }), [at])
  t.same(await dues({ from: '2026-11-01T00:00:00.001+08:00' }), [])
  t.same(await dues({ from: before, to: at }), [before])
})

t.test('pages meet each breach once, also among equal due times', async (t) => {
  const { world, list, page, get } = await openBreachApi(t)
  for (let count = 0; count < 5; count++) {
    const { incidentId } = await world.submit()
    await world.act(incidentId, worldActors.community, {
      type: 'whistle',
      lead: worldUnits.fire,
      support: [],
    })
  }
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  const all = await list({ limit: '100' })
  t.equal(all.length, 15, 'feedback, on-site and the on-site of the unit of five')
  t.equal(new Set(all.map(({ dueAt }) => dueAt)).size, 2, 'with two due times')
  const walked: ReadBreach[] = []
  let cursor: string | null = null
  do {
    const { items, nextCursor } = await page({ limit: '3', ...(cursor === null ? {} : { cursor }) })
    walked.push(...items)
    cursor = nextCursor
  } while (cursor !== null)
  t.same(walked, all)
  const keys = all.map(({ dueAt, incidentId, deadlineNo }) => `${dueAt} ${incidentId} ${deadlineNo}`)
  t.same(keys, keys.toSorted().reverse())
  const { headers } = await get('/v1/audit/breaches', { limit: '15' })
  t.notOk(headers.link, 'a page that is just full is the last')
})

t.test('what makes no sense is refused with the name of the parameter', async (t) => {
  const { get } = await openBreachApi(t)
  const refused = async (query: Record<string, string>, path = 'breaches') =>
    pointersOf(await get(`/v1/audit/${path}`, query))
  for (const path of ['breaches', 'breaches.csv', 'breaches/summary']) {
    t.same(await refused({ from: '2026-11-02', to: '2026-11-01' }, path), ['to'])
    t.same(await refused({ from: '2026-11-01', to: '2026-11-01' }, path), ['to'])
    t.same(await refused({ from: '2026-02-30' }, path), ['from'])
    t.same(await refused({ from: '2026-11' }, path), ['from'])
    t.same(await refused({ from: '2026-11-01T00:00:00' }, path), ['from'], 'without an offset')
    t.same(await refused({ areaCode: '4202' }, path), ['areaCode'])
    t.same(await refused({ unitCode: "' or 1=1" }, path), ['unitCode'])
    t.same(await refused({ promise: 'onSite' }, path), ['promise'])
    t.same(await refused({ rung: 'province' }, path), ['rung'])
    t.same(await refused({ street: huangshi.street }, path), ['street'])
  }
  t.same(await refused({ limit: '10' }, 'breaches.csv'), ['limit'], 'a file has no pages')
  const cursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')
  const id = '01990000-0000-7000-8000-000000000001'
  for (const position of [
    [],
    ['x', id, 1],
    [9e15, id, 1],
    [1, id, 40_000],
    [1, id, 0],
    [1, 'x', 1],
    [-1, id, 1],
  ])
    t.same(await refused({ cursor: cursor(position) }), ['cursor'])
})

t.test('areas keep the names that they had at the time', async (t) => {
  const { world, list } = await openBreachApi(t)
  await world.submit()
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  const renamed = huangshiFile.replace('胜阳港街道', '胜阳港新街道')
  await importAreas({ db: world.db, readClock: world.clock.read }, Readable.from([Buffer.from(renamed)]), {
    actor: worldActors.administrator,
  })
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  const later = (await list({ rung: 'street' }))[0]
  const earlier = (await list({ rung: 'community' }))[0]
  t.equal(earlier?.areaPath[2]?.name, '胜阳港街道')
  t.equal(later?.accountable.name, '胜阳港街道', 'the deadline had started before the renaming')
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  t.equal((await list({ rung: 'district' }))[0]?.areaPath[2]?.name, '胜阳港新街道')
})

t.test('a breach whose events were done away with stays in the report', async (t) => {
  const { world, list } = await openBreachApi(t)
  const { incidentId } = await world.submit()
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  await world.act(incidentId, worldActors.community, { type: 'report_up' })
  const [before] = await list()
  t.ok(before?.event.hash)
  await world.owner.pool.query('alter table events disable trigger user')
  await world.owner.pool.query('delete from events where seq > 1')
  const told = { ...before, requestInTimeAt: null, event: { ...before?.event, hash: null } }
  t.same(await list(), [told], 'without what only the events told')
  t.same(await list({ promise: 'feedback' }), [])
})
