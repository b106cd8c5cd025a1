import t from 'tap'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

t.test(
  'an act that finds its promise overdue keeps it at the rung that this very breach started',
  async (t) => {
    const world = await createWorld(t)
    const { incidentId } = await world.submit()
    world.clock.advance(worldPolicy.reportMs + 1)
    await world.act(incidentId, worldActors.community, {
      type: 'whistle',
      lead: worldUnits.fire,
      support: [],
    })
    const report = world.db
      .selectFrom('deadlines')
      .select(['rung', 'state', 'settled_seq', 'fulfilled_seq'])
      .where('incident_id', '=', incidentId)
      .where('promise', '=', 'report')
      .orderBy('no')
    const kept = [
      { rung: 'community', state: 'breached', settled_seq: 2, fulfilled_seq: 3 },
      { rung: 'street', state: 'met', settled_seq: 3, fulfilled_seq: null },
    ]
    t.same(await report.execute(), kept)

    await t.test('and it never runs out afterwards', async (t) => {
      world.clock.advance(2 * worldPolicy.reportMs)
      t.same(await world.settle(), [])
      t.same(await report.execute(), kept)
    })
  },
)
