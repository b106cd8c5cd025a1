import { sql } from 'kysely'
import t from 'tap'
import { checkWorld } from '../support/check-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community } = worldActors

t.test('both events of a merge bear one instant, though one case has seen a later one', async (t) => {
  const world = await createWorld(t)
  const { submit, act, clock, db } = world
  const survivor = (await submit()).incidentId
  clock.advance(1)
  const merged = (await submit()).incidentId
  const instants = async (...types: readonly [string, string]) => {
    const { rows } = await sql<{ at: number }>`
      select at from events where type = any(${types}::text[]) order by stream`.execute(db)
    return rows.map(({ at }) => at)
  }

  clock.advance(10_000)
  await act(survivor, community, { type: 'feedback' }, { text: '已安排' })
  const seen = clock.now()
  clock.set(seen - 5_000)
  await act(merged, community, { type: 'merge', into: survivor })
  t.same(await instants('merged', 'reports_joined'), [seen, seen])

  clock.set(seen - 4_000)
  await act(merged, community, { type: 'unmerge' })
  t.same(await instants('unmerged', 'reports_separated'), [seen, seen])
  clock.set(seen)
  await checkWorld(t, world)
})
