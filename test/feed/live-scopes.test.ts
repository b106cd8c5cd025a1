import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { readHeardIncidents, scopeName, scopesOf } from '../../src/feed/heard-incident.ts'
import { inScope } from '../../src/incidents/scope.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.test('whoever may see an incident is told of it, and nobody else: in memory as in SQL', async (t) => {
  const world = await createWorld(t)
  const { db, submit, act } = world
  const ids = [
    (await submit()).incidentId,
    (await submit({ areaCode: huangshi.neighbour })).incidentId,
    (await submit({ areaCode: huangshi.foreignCommunity })).incidentId,
  ]
  const [own = ''] = ids
  await act(own, worldActors.community, { type: 'report_up' })
  await act(own, worldActors.street, {
    type: 'whistle',
    lead: worldUnits.fire,
    support: [worldUnits.volunteers],
  })
  await act(own, worldActors.otherResponder, { type: 'return' })
  const everybody: Actor[] = [
    ...Object.values(worldActors),
    { id: 'nobody', role: 'responder', unitCode: huangshi.community },
    { id: 'nowhere', role: 'dispatcher', areaCode: worldUnits.fire },
    { id: 'without-area', role: 'resident' },
  ]
  const facts = await readHeardIncidents(db, ids)
  const seen: boolean[] = []
  for (const actor of everybody) {
    for (const id of ids) {
      const row = await db
        .selectFrom('incidents')
        .select('id')
        .where('id', '=', id)
        .where(inScope(actor))
        .executeTakeFirst()
      const scope = scopeName(actor)
      const told =
        scope !== undefined && scopesOf(facts.get(id) ?? { areaPath: [], unitCodes: [] }).includes(scope)
      t.equal(told, row !== undefined, `${actor.id}: ${id === own ? 'own' : 'another'}`)
      seen.push(told)
    }
  }
  t.ok(seen.includes(true) && seen.includes(false))
})
