import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { followEvents } from '../board/follow-events.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, resident, otherResident } = worldActors
const minute = 60_000
const told = z.array(z.object({ type: z.string(), note: z.string().nullable() }))
const promise = z.object({ promise: z.string(), keptAt: z.string().nullable(), late: z.boolean() })
const position = { latitude: 30.2201, longitude: 115.0772 }

t.test(
  'two neighbours report one burst main: both are told, one case is handled, each is answered',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act, report, clock, db } = world
    const board = boardOf(call)
    const own = async (by: Actor, id: string) => (await call(by, 'GET', `/v1/reports/${id}`)).body
    const steps = async (by: Actor, id: string) =>
      told
        .parse((await own(by, id)).timeline)
        .map(({ type, note }) => (note === null ? type : `${type}: ${note}`))
    const look = async (by: Actor, answer: { headers: Readonly<Record<string, unknown>> }) => {
      const [, url = ''] = /^<(.+)>; rel="related"$/.exec(String(answer.headers.link)) ?? []
      const { status, body } = await call(by, 'GET', url)
      t.equal(status, 200, url)
      return body.items
    }

    const first = await report({ description: '门前自来水管爆裂，水漫到路上。', position })
    t.same(await look(resident, first), [], 'the first is alone, and is not told of itself')
    clock.advance(15 * minute)
    await world.settle()
    // The board follows what has been written within a second; here it is brought up to it at once.
    await followEvents(db)
    const near = { latitude: position.latitude + 0.0005, longitude: position.longitude }
    const second = await report(
      { description: '湖滨大道水管破了，没水用。', position: near },
      { by: otherResident },
    )
    t.equal(second.status, 201)
    const nearby = await look(otherResident, second)
    // They are 56 m apart, but the neighbour is taken to be in the middle of a square, which is less than 50 m away.
    t.match(
      nearby,
      [{ state: 'received', withinM: 50, minutesAgo: 15 }],
      'at intake it is told what is known',
    )
    for (const secret of ['自来水', '陈静', '黄石大道', first.body.reportId, first.body.incidentId])
      t.notOk(JSON.stringify(nearby).includes(secret), 'and of the neighbour nothing else')
    const far = (await report({ areaCode: huangshi.neighbour, position: { ...position, latitude: 30.3 } }))
      .body
    await followEvents(db)
    const shown = new Map((await board(street)).items.map(({ id, duplicates }) => [id, duplicates]))
    const [one, two] = [first.body, second.body]
    t.same(
      [one, two, far].map(({ incidentId }) => shown.get(incidentId)),
      [1, 1, 0],
      'the board suggests it',
    )
    const suggested = await call(community, 'GET', `/v1/incidents/${two.incidentId}/duplicates`)
    t.match(suggested.body.items, [{ id: one.incidentId, laterMs: -15 * minute, distanceM: 56 }])

    clock.advance(minute)
    const merged = await act(two.incidentId, community, 'merge', { into: one.incidentId })
    t.match(merged.body.incident, { state: 'merged', mergedInto: one.incidentId })
    clock.advance(minute)
    await act(one.incidentId, community, 'feedback', { text: '抢修队已出发。' })
    const answeredAt = new Date(clock.now()).toISOString()
    t.same(await steps(resident, one.reportId), ['received', 'running_late', 'answered: 抢修队已出发。'])
    t.same(await steps(otherResident, two.reportId), ['received', 'joined', 'answered: 抢修队已出发。'])
    t.match(await own(otherResident, two.reportId), {
      number: two.number,
      caseNumber: one.number,
      description: '湖滨大道水管破了，没水用。',
    })
    t.equal(
      (await call(otherResident, 'GET', `/v1/reports/${one.reportId}`)).status,
      404,
      'each has their own',
    )
    await checkWorld(t, world)

    // It was two pipes after all.
    clock.advance(minute)
    const undone = await act(two.incidentId, street, 'unmerge', { text: '系两处管道破裂。' })
    t.match(undone.body.incident, { state: 'received', mergedInto: null })
    await act(one.incidentId, community, 'settle', { text: '已关闭总阀并抢修完毕。' })
    t.match(await own(resident, one.reportId), { state: 'resolved' })
    t.match(await own(otherResident, two.reportId), { state: 'received', caseNumber: two.number })
    t.same(await steps(otherResident, two.reportId), [
      'received',
      'joined',
      'answered: 抢修队已出发。',
      'separated',
    ])
    t.match(
      z.array(promise).parse((await own(otherResident, two.reportId)).promises),
      [{}, { promise: 'feedback', keptAt: answeredAt, late: false }, { promise: 'on_site', keptAt: null }],
      'what was answered while it was merged stays answered',
    )
    await followEvents(db)
    t.match(
      (await board(street)).items.find(({ id }) => id === two.incidentId),
      { duplicates: 0 },
    )
    await act(two.incidentId, community, 'settle', { text: '已更换破损水管。' })
    t.same((await steps(otherResident, two.reportId)).at(-1), 'settled: 已更换破损水管。')
    await checkWorld(t, world)
  },
)
