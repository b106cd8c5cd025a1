import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { checkWorld } from '../support/check-world.ts'
import { createFaultyWorld } from '../support/faulty-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(120_000)

const minute = 60_000
const neighbour = { id: 'dispatcher-neighbour', role: 'dispatcher', areaCode: huangshi.neighbour } as const

async function moveGrid({ db, clock }: World): Promise<void> {
  const file = `code,name,kind,parent_code\n${huangshi.grid},第一网格,grid,${huangshi.neighbour}\n`
  await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(file)]), {
    actor: worldActors.administrator,
  })
}

t.test('a clock that stands still, goes over and goes on by one request is stored as it was', async (t) => {
  const world = await createWorld(t)
  const { community, street } = worldActors
  const { incidentId } = await world.submit()
  await world.act(incidentId, community, {
    type: 'request_pause',
    promises: ['on_site'],
    until: world.clock.now() + 120 * minute,
  })
  await world.act(incidentId, street, { type: 'approve_relief', reliefNo: 1 })
  world.clock.advance(5 * minute)
  await moveGrid(world)
  await world.act(incidentId, neighbour, { type: 'settle' }, { text: '已清理完毕' })
  const paused = await world.db
    .selectFrom('deadlines')
    .select(['accountable_code', 'paused_ms'])
    .where('incident_id', '=', incidentId)
    .where('promise', '=', 'on_site')
    .orderBy('no', 'desc')
    .limit(1)
    .execute()
  t.same(paused, [{ accountable_code: huangshi.neighbour, paused_ms: 5 * minute }])
  await checkWorld(t, world)
})

t.test(
  'a clock that goes over and is kept by one request, while time cannot be trusted, is stored as it was',
  async (t) => {
    const world = await createFaultyWorld(t)
    const { incidentId } = await world.submit()
    await moveGrid(world)
    world.guarded.jump(60 * minute)
    await world.act(incidentId, neighbour, { type: 'feedback' }, { text: '已安排人员处理' })
    const kept = await world.db
      .selectFrom('deadlines')
      .select(['accountable_code', 'clock_fault'])
      .where('incident_id', '=', incidentId)
      .where('state', '=', 'met')
      .execute()
    t.same(kept, [{ accountable_code: huangshi.neighbour, clock_fault: true }])
    world.guarded.jump(-60 * minute)
    await world.settle()
    await world.check(t, 'once the clock is right again')
  },
)
