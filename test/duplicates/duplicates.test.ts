import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { followEvents } from '../board/follow-events.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, district, street, resident, otherResident, foreigner } = worldActors
const minute = 60_000
const day = 24 * 60 * minute
const here = { latitude: 30.2201, longitude: 115.0772 }
/** So many metres to the north. */
const north = (metres: number) => ({ ...here, latitude: here.latitude + metres / 111_195 })

const answer = z.object({
  items: z.array(
    z.looseObject({
      id: z.string().optional(),
      distanceM: z.number().nullable().optional(),
      withinM: z.number().nullable().optional(),
    }),
  ),
})

t.test('what may be of the same thing', async (t) => {
  const { report, act, call, clock, db } = await createApiWorld(t)
  await db
    .insertInto('categories')
    .values({
      code: 'burst_pipe',
      parent_code: null,
      path: ['burst_pipe'],
      name_zh: '水管爆裂',
      name_en: 'Burst pipe',
      severity: 'high',
      unit_kind: 'department',
      admitted_from: 'grid',
    })
    .execute()
  const add = async (change: object, by: Actor = resident) => {
    const { status, body } = await report({ address: undefined, ...change }, { by })
    t.equal(status, 201)
    await followEvents(db)
    return body
  }
  const list = async (by: Actor, url: string) => {
    const { status, text } = await call(by, 'GET', url)
    t.equal(status, 200, url)
    return answer.parse(JSON.parse(text)).items
  }
  const of = async (id: string, by: Actor = district) =>
    (await list(by, `/v1/incidents/${id}/duplicates`)).map((item) => item.id)

  const far = (await add({ position: north(201) })).incidentId
  const near = (await add({ position: north(199), areaCode: huangshi.neighbour })).incidentId
  clock.advance(10 * minute)
  const own = await add({ position: here })
  const { incidentId } = own

  await t.test('is near, of a related category, and open', async (t) => {
    const items = await list(district, `/v1/incidents/${incidentId}/duplicates`)
    t.match(items, [
      { id: near, state: 'received', distanceM: 199, laterMs: -10 * minute, area: { name: '湖滨路社区' } },
    ])
    t.same(await of(near), [far, incidentId], 'the other way round, the nearest first')
    t.same(await of(incidentId, community), [], 'a community sees none of its neighbour’s')
    t.same((await call(foreigner, 'GET', `/v1/incidents/${incidentId}/duplicates`)).status, 404)
    const board = boardOf(call)
    const counted = (items: { id: string; duplicates: number }[]) =>
      new Map(items.map(({ id, duplicates }) => [id, duplicates]))
    t.same(
      counted((await board(street)).items),
      new Map([
        [far, 1],
        [near, 2],
        [incidentId, 1],
      ]),
    )
    t.same(
      counted((await board(community)).items),
      new Map([
        [far, 0],
        [incidentId, 0],
      ]),
      'the board counts what its desk can see',
    )
    t.same(
      await of((await add({ position: here, categoryCode: 'fire' })).incidentId),
      [incidentId, near],
      'a category of the same root',
    )
    t.same(
      await of((await add({ position: here, categoryCode: 'burst_pipe' })).incidentId),
      [],
      'of another root',
    )
    t.same(
      await of(
        (await add({ position: here, areaCode: huangshi.foreignCommunity })).incidentId,
        worldActors.administrator,
      ),
      [],
    )
    await act(near, street, 'settle')
    await followEvents(db)
    t.notOk((await of(incidentId)).includes(near), 'what has ended')
  })

  await t.test('or in the same area at the same address', async (t) => {
    const first = (await add({ position: undefined, address: '湖滨大道 12 号' })).incidentId
    const second = (await add({ position: undefined, address: '湖滨大道１２号' })).incidentId
    await add({ position: undefined, address: '湖滨大道 13 号' })
    await add({ position: undefined, address: '湖滨大道 12 号', areaCode: huangshi.neighbour })
    t.same(await of(first), [second])
    clock.advance(day)
    t.same(await of((await add({ position: undefined, address: '湖滨大道 12 号' })).incidentId), [
      second,
      first,
    ])
    clock.advance(1)
    t.same(
      await of((await add({ position: undefined, address: '湖滨大道12号' })).incidentId).then(
        (ids) => ids.length,
      ),
      1,
      'within the time of the policy',
    )
  })

  await t.test('is told to a resident before they report, and only what is public', async (t) => {
    const mine = await add(
      { position: north(1_000), address: '秘密路 1 号', description: '秘密' },
      otherResident,
    )
    clock.advance(7 * minute)
    const at = ({ latitude, longitude }: typeof here) =>
      `latitude=${latitude.toFixed(6)}&longitude=${longitude}`
    const { text } = await call(
      resident,
      'GET',
      `/v1/duplicates?categoryCode=fire_lane_blocked&${at(north(1_010))}`,
    )
    t.same(JSON.parse(text), {
      items: [{ categoryCode: 'fire_lane_blocked', state: 'received', withinM: 50, minutesAgo: 7 }],
    })
    t.match(await list(resident, `/v1/duplicates?categoryCode=fire&${at(north(1_140))}`), [{ withinM: 150 }])
    t.same(await list(resident, `/v1/duplicates?categoryCode=fire&${at(north(1_230))}`), [])
    t.same(await list(resident, `/v1/duplicates?categoryCode=nothing&${at(here)}`), [])
    t.match(
      await list(
        resident,
        `/v1/duplicates?categoryCode=fire&areaCode=${huangshi.grid}&address=${encodeURIComponent('秘密路1号')}`,
      ),
      [{ withinM: null }],
    )
    t.same(await list(otherResident, `/v1/reports/${mine.reportId}/duplicates`), [], 'not their own')
    const theirs = await add({ position: north(1_020) })
    t.match(await list(resident, `/v1/reports/${theirs.reportId}/duplicates`), [{ withinM: 50 }])
    t.equal((await call(otherResident, 'GET', `/v1/reports/${theirs.reportId}/duplicates`)).status, 404)
    const hidden = { position: north(3_000), address: '秘密路 9 号' }
    const secret = await add({ ...hidden, anonymous: true }, otherResident)
    const { reportId: next, incidentId: beside } = await add(hidden)
    t.same(await list(resident, `/v1/reports/${next}/duplicates`), [], 'nor what was reported anonymously')
    t.same(await of(beside), [secret.incidentId], 'which staff see')
    const nearby = (point: typeof here) => list(resident, `/v1/duplicates?categoryCode=fire&${at(point)}`)
    const atFirst = await Promise.all([840, 860, 940, 960, 1_180].map((metres) => nearby(north(metres))))
    await db
      .updateTable('board_cases')
      .set({ latitude: sql`latitude + 0.0001`, longitude: sql`longitude + 0.0001` })
      .execute()
    t.same(
      await Promise.all([840, 860, 940, 960, 1_180].map((metres) => nearby(north(metres)))),
      atFirst,
      'from wherever one asks, it is not told where exactly: ten metres farther is the same',
    )
    for (const query of [
      'categoryCode=fire',
      'categoryCode=fire&latitude=30',
      'categoryCode=fire&latitude=NaN&longitude=1',
      'categoryCode=fire&latitude=1e1&longitude=1',
      'categoryCode=fire&latitude=91&longitude=1',
      `categoryCode=fire&areaCode=${huangshi.grid}`,
      'latitude=30&longitude=115',
    ])
      t.equal((await call(resident, 'GET', `/v1/duplicates?${query}`)).status, 400, query)
  })
})
