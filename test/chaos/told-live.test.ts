import { sql } from 'kysely'
import t from 'tap'
import { noFindings } from '../../chaos/checks/findings.ts'
import { checkToldLive } from '../../chaos/checks/told-live.ts'
import type { HeardLive } from '../../chaos/live-readers.ts'
import { before } from '../../src/feed/feed-cursor.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.test('live clients are held against what happened in their area while they listened', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit({ areaCode: huangshi.grid })
  await world.act(incidentId, worldActors.gridWorker, { type: 'report_up' })
  const { incidentId: foreignId } = await world.submit({ areaCode: huangshi.foreignCommunity })
  const own = [`incident/${incidentId} 1`, `incident/${incidentId} 2`]
  const foreign = `incident/${foreignId} 1`
  const { rows } = await sql<{ end: number }>`
    select max(commit_order) + 1 as "end" from events`.execute(world.owner.db)
  const [{ end } = { end: 0 }] = rows
  const heard = (areaCode: string, told: readonly string[], more: Partial<HeardLive> = {}): HeardLive => ({
    ...{ areaCode, from: before(0), to: before(end), returns: 0, resets: 0 },
    told: new Map(told.map((event) => [event, 1])),
    ...more,
  })
  async function findings(one: HeardLive): Promise<readonly string[]> {
    const found = noFindings()
    await checkToldLive(world.owner.db, [one], found)
    return found.first
  }

  t.same(await findings(heard(huangshi.city, [...own, foreign])), [], 'the city hears everything')
  t.same(await findings(heard(huangshi.street, own)), [], 'a street what lies in it')
  t.same(await findings(heard(huangshi.community, own)), [], 'and so does a community')
  t.same(await findings(heard(huangshi.neighbour, [])), [], 'beside which nothing is heard of it')
  t.match(await findings(heard(huangshi.community, own.slice(1))), [/not told of .* 1$/])
  t.match(await findings(heard(huangshi.street, [...own, foreign])), [/none of its area/])
  t.match(await findings(heard(huangshi.street, own, { told: new Map(own.map((one) => [one, 2])) })), [
    /told 2 times/,
    /told 2 times/,
  ])
  t.same(
    await findings(heard(huangshi.street, [], { from: before(end) })),
    [],
    'what happened before they listened is not owed to them',
  )
  t.match(await findings(heard(huangshi.street, [], { from: undefined })), [/never told/])
})
