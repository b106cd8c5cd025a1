import { parse } from 'csv-parse/sync'
import t from 'tap'
import { createFaultyWorld } from '../support/faulty-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { openBreachApi } from './open-breach-api.ts'

const minute = 60_000
const hour = 60 * minute

t.test('a breach tells that a fault of the clock held it back, and others do not', async (t) => {
  const world = await createFaultyWorld(t)
  const api = await openBreachApi(t, world)
  const before = await world.submit()
  world.clock.advance(10 * minute + 1)
  await world.settle()
  const running = await world.submit()
  world.guarded.jump(24 * hour)
  await world.settle()
  const during = await world.submit()
  world.clock.advance(30 * minute)
  t.same(await world.settle(), [], 'nothing is breached meanwhile')
  world.guarded.jump(-24 * hour)
  await world.settle()
  world.clock.advance(1)
  const after = await world.submit()
  world.clock.advance(10 * minute + 1)
  await world.settle()

  const told = (await api.list({ promise: 'report', rung: 'community' })).map(
    ({ incidentId, clockFault, prolongedMs, lagMs }) => ({ incidentId, clockFault, prolongedMs, lagMs }),
  )
  const sound = { clockFault: false, prolongedMs: 0, lagMs: 1 }
  const heldBack = { clockFault: true, prolongedMs: 0, lagMs: 20 * minute }
  t.same(
    new Set(told),
    new Set([
      { incidentId: before.incidentId, ...sound },
      { incidentId: running.incidentId, ...heldBack },
      { incidentId: during.incidentId, ...heldBack },
      { incidentId: after.incidentId, ...sound },
    ]),
  )
  await world.check(t, 'afterwards')
})

t.test('a breach tells by how much its due time was put off', async (t) => {
  const world = await createFaultyWorld(t)
  const api = await openBreachApi(t, world)
  const { incidentId } = await world.submit()
  world.clock.advance(5 * minute)
  world.guarded.jump(hour)
  await world.settle()
  await world.accept()
  await world.settle()
  world.clock.advance(5 * minute + 1)
  await world.settle()
  const [breach] = await api.list({ promise: 'report' })
  t.match(breach, { incidentId, prolongedMs: hour, clockFault: true, lagMs: 1 })

  const chinese = await api.get('/v1/audit/breaches.csv', {}, worldActors.auditor, {
    'accept-language': 'zh',
  })
  const [titles, record]: string[][] = parse(chinese.body, { bom: true, record_delimiter: '\r\n' })
  const told = (title: string): string | undefined => record?.[titles?.indexOf(title) ?? -1]
  t.same([told('顺延时长（毫秒）'), told('时钟异常')], [String(hour), '有'])
})

t.test('a fault that came after a breach has nothing to do with it, even while it lasts', async (t) => {
  const world = await createFaultyWorld(t)
  const api = await openBreachApi(t, world)
  await world.submit()
  world.clock.advance(10 * minute + 1)
  await world.settle()
  world.clock.advance(1)
  world.guarded.jump(hour)
  await world.settle()
  t.match(await api.list({ promise: 'report' }), [{ clockFault: false, prolongedMs: 0, lagMs: 1 }])
})
