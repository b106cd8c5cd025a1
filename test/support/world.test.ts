import t from 'tap'
import { worldPolicy } from './seed-world.ts'
import { createWorld } from './world.ts'
import { worldActors, worldUnits } from './world-actors.ts'

t.test('the world carries a case through the real write path', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  const { incident } = await world.act(incidentId, worldActors.gridWorker, {
    type: 'whistle',
    lead: worldUnits.fire,
    support: [],
  })
  t.equal(incident.state, 'dispatched')
  world.clock.advance(worldPolicy.onSiteMs + 1)
  t.equal((await world.settle()).length, 3, 'feedback and both on-site promises ran out')
  t.same(await world.settle(), [], 'and are settled once')
})
