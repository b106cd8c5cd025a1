import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { pointersOf, problemOf } from '../http/open-http-server.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { auditorOfCity, type BreachApi, openBreachApi } from './open-breach-api.ts'

const path = '/v1/audit/breaches/summary'
const minute = 60_000

const group = z.strictObject({
  area: z.strictObject({ code: z.string(), name: z.string() }).nullable(),
  promise: z.string(),
  month: z.string(),
  due: z.number(),
  met: z.number(),
  breached: z.number(),
  fulfilledLate: z.number(),
  open: z.number(),
  running: z.number(),
  onTimeRate: z.number().nullable(),
  medianLatenessMs: z.number().nullable(),
  p90LatenessMs: z.number().nullable(),
})
const summarySchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  level: z.string(),
  parties: z.string(),
  groups: z.array(group),
})

async function summary({ get }: BreachApi, query: Record<string, string> = {}, actor?: Actor) {
  const response = await get(path, query, actor)
  if (response.statusCode !== 200) throw new Error(response.body)
  return summarySchema.parse(response.json())
}

/** A line of a summary, as a report prints it. */
async function lines(api: BreachApi, query?: Record<string, string>, actor?: Actor): Promise<string[]> {
  const { groups } = await summary(api, query, actor)
  return groups.map(
    ({ area, promise, month, due, met, breached, fulfilledLate, open, running }) =>
      `${area?.name ?? '—'} ${promise} ${month}: ${due} = ${met} + ${breached} + ${running}, ${fulfilledLate} late, ${open} open`,
  )
}

t.test('deadlines are counted by street, promise and month, each in the state that it is in', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const inTime = await world.submit()
  const late = await world.submit()
  await world.submit({ areaCode: huangshi.neighbour })
  const foreign = await world.submit({ areaCode: huangshi.foreignCommunity })
  await world.act(inTime.incidentId, worldActors.community, { type: 'settle' }, { text: '车已挪走' })
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  world.clock.advance(5 * minute - 1)
  await world.act(late.incidentId, worldActors.street, { type: 'report_up' })
  const foreignDispatcher: Actor = { id: 'd', role: 'dispatcher', areaCode: huangshi.foreignCommunity }
  await world.act(foreign.incidentId, foreignDispatcher, { type: 'reject' }, { text: '误报' })

  t.same(await lines(api, {}, auditorOfCity), [
    '胜阳港街道 report 2026-11: 5 = 2 + 2 + 1, 1 late, 1 open',
    '胜阳港街道 feedback 2026-11: 3 = 1 + 0 + 2, 0 late, 0 open',
    '胜阳港街道 on_site 2026-11: 2 = 0 + 0 + 2, 0 late, 0 open',
    '章山街道 report 2026-11: 2 = 1 + 1 + 0, 1 late, 0 open',
    '章山街道 feedback 2026-11: 1 = 1 + 0 + 0, 0 late, 0 open',
  ])
  const { groups, ...asked } = await summary(api)
  t.same(asked, {
    from: '2026-10-31T16:00:00.000Z',
    to: '2026-11-30T16:00:00.000Z',
    level: 'street',
    parties: 'area',
  })
  t.match(groups[0], { onTimeRate: 0.5, medianLatenessMs: 5 * minute, p90LatenessMs: 5 * minute })
  t.match(groups[2], { onTimeRate: null, medianLatenessMs: null, p90LatenessMs: null })

  t.same(await lines(api, { level: 'community', promise: 'report' }), [
    '湖滨路社区 report 2026-11: 2 = 0 + 1 + 1, 0 late, 1 open',
    '胜阳港社区 report 2026-11: 3 = 2 + 1 + 0, 1 late, 0 open',
  ])
  t.same(await lines(api, { level: 'district', promise: 'report' }, auditorOfCity), [
    '黄石港区 report 2026-11: 5 = 2 + 2 + 1, 1 late, 1 open',
    '西塞山区 report 2026-11: 2 = 1 + 1 + 0, 1 late, 0 open',
  ])
  t.same(await lines(api, { rung: 'street', promise: 'report' }), [
    '胜阳港街道 report 2026-11: 2 = 1 + 0 + 1, 0 late, 0 open',
  ])
  t.same(await lines(api, { areaCode: huangshi.neighbour, promise: 'report' }), [
    '胜阳港街道 report 2026-11: 2 = 0 + 1 + 1, 0 late, 1 open',
  ])
  t.same(await lines(api, {}, worldActors.foreigner), (await lines(api, {}, auditorOfCity)).slice(3))
  t.same(await lines(api, { areaCode: huangshi.street }, worldActors.foreigner), [])
})

t.test('a case that ended without it leaves no promise open', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const { incidentId } = await world.submit()
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  t.same(await lines(api, { promise: 'on_site' }), [
    '胜阳港街道 on_site 2026-11: 2 = 0 + 1 + 1, 0 late, 1 open',
  ])
  await world.act(incidentId, worldActors.community, { type: 'reject' }, { text: '误报' })
  const rejected = ['胜阳港街道 on_site 2026-11: 1 = 0 + 1 + 0, 0 late, 0 open']
  t.same(await lines(api, { promise: 'on_site' }), rejected, 'the cancelled one does not count')
  await world.act(incidentId, worldActors.street, { type: 'reopen' }, { text: '并非误报' })
  t.same(
    await lines(api, { promise: 'on_site' }),
    ['胜阳港街道 on_site 2026-11: 2 = 0 + 1 + 1, 0 late, 0 open'],
    'reopening owes it anew, and not what was owed before',
  )
})

t.test('one arrival is not counted for the area and for its unit, unless asked', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const { incidentId } = await world.submit()
  await world.act(incidentId, worldActors.community, { type: 'whistle', lead: worldUnits.fire, support: [] })
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  const counted = async (query: Record<string, string>) =>
    (await lines(api, { promise: 'on_site', ...query })).map((line) => line.split(': ')[1])
  t.same(await counted({}), ['2 = 0 + 1 + 1, 0 late, 1 open'])
  const ofUnit = ['1 = 0 + 1 + 0, 0 late, 1 open']
  t.same(await counted({ parties: 'unit' }), ofUnit)
  t.same(await counted({ unitCode: worldUnits.fire }), ofUnit)
  t.same(await counted({ rung: 'unit' }), ofUnit)
  t.same(await counted({ unitCode: worldUnits.volunteers }), [])
  t.same(await counted({ parties: 'all' }), ['3 = 0 + 2 + 1, 0 late, 2 open'])
  t.same(await counted({ parties: 'area', rung: 'unit' }), [])
})

t.test('deadlines are counted at every level, from the city to the grid', async (t) => {
  const api = await openBreachApi(t)
  await api.world.submit()
  await api.world.submit({ areaCode: huangshi.community })
  const report = async (level: string) =>
    (await lines(api, { level, promise: 'report' }, auditorOfCity)).map((line) => line.split(',')[0])
  t.same(await report('city'), ['黄石市 report 2026-11: 2 = 0 + 0 + 2'])
  t.same(await report('district'), ['黄石港区 report 2026-11: 2 = 0 + 0 + 2'])
  const grid = await report('grid')
  t.equal(grid.length, 2)
  t.match(grid[0], /^.*网格.* report 2026-11: 1 = 0 \+ 0 \+ 1$/)
  t.match(grid[1], /^— report 2026-11: 1 = 0 \+ 0 \+ 1$/, 'what lay above the level')
})

t.test('a month is one of Shanghai: its first midnight belongs to it, the ms before does not', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const midnight = Date.parse('2026-10-31T16:00:00.000Z')
  for (const due of [midnight - 1, midnight]) {
    world.clock.set(due - worldPolicy.reportMs)
    await world.submit()
  }
  world.clock.set(midnight + 1)
  await world.settle()
  const asked = { promise: 'report', rung: 'community' }
  const october = '胜阳港街道 report 2026-10: 1 = 0 + 1 + 0, 0 late, 1 open'
  const november = '胜阳港街道 report 2026-11: 1 = 0 + 1 + 0, 0 late, 1 open'
  t.same(await lines(api, asked), [november], 'the present month')
  t.same(await lines(api, { ...asked, from: '2026-10-01' }), [october], 'the rest of its month')
  t.same(await lines(api, { ...asked, to: '2026-11-01' }), [october], 'the month before')
  t.same(await lines(api, { ...asked, to: '2026-11-01T00:00:00.001+08:00' }), [november])
  t.same(await lines(api, { ...asked, from: '2026-10-01', to: '2026-12-01' }), [october, november])
  world.clock.set(midnight - 1)
  t.same(await lines(api, asked), [october], "by the database's clock")
})

t.test('lateness is that of what was kept late, interpolated as a spreadsheet does', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const incidents = []
  for (let count = 0; count < 4; count++) incidents.push(await world.submit())
  world.clock.advance(worldPolicy.reportMs)
  for (const { incidentId } of incidents) {
    world.clock.advance(minute)
    await world.settle()
    await world.act(incidentId, worldActors.street, { type: 'report_up' })
  }
  const { groups } = await summary(api, { rung: 'community', promise: 'report' })
  t.match(groups, [{ fulfilledLate: 4, medianLatenessMs: 2.5 * minute, p90LatenessMs: 3.7 * minute }])
})

t.test('what lay above a level is counted under no area, and nothing drops out', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  await world.submit()
  await world.submit({ areaCode: huangshi.street })
  t.same(await lines(api, { level: 'community', promise: 'report' }), [
    '胜阳港社区 report 2026-11: 1 = 0 + 0 + 1, 0 late, 0 open',
    '— report 2026-11: 1 = 0 + 0 + 1, 0 late, 0 open',
  ])
  t.same(await lines(api, { level: 'street', promise: 'report' }), [
    '胜阳港街道 report 2026-11: 2 = 0 + 0 + 2, 0 late, 0 open',
  ])
})

t.test('a summary covers at most 24 months', async (t) => {
  const api = await openBreachApi(t)
  t.equal((await api.get(path, { from: '2024-11-15', to: '2026-11-15' })).statusCode, 200)
  const longer = await api.get(path, { from: '2024-11-15', to: '2026-11-16' })
  t.same(pointersOf(longer), ['to'])
  t.equal(problemOf(longer).code, 'invalid_request')
  t.same(pointersOf(await api.get(path, { level: 'unit' })), ['level'])
  t.same(pointersOf(await api.get(path, { parties: 'people' })), ['parties'])
})
