import t from 'tap'
import { createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, foreigner, resident, otherResident } = worldActors
const minute = 60_000
const hour = 60 * minute

t.test('two reports of one thing become one case, and each reporter is answered', async (t) => {
  const world = await createApiWorld(t)
  const first = (await world.report()).body
  world.clock.advance(20 * minute)
  await world.settle()
  const second = (await world.report({ description: '同一处消防通道又被占了。' }, { by: otherResident })).body
  world.clock.advance(minute)

  const wrongWay = await world.act(first.incidentId, community, 'merge', { into: second.incidentId })
  t.match(
    wrongWay,
    { status: 409, body: { code: 'not_mergeable', errors: [{ pointer: '/into' }] } },
    'into the earlier one, not the other way',
  )
  const unknown = await world.act(second.incidentId, community, 'merge', {
    into: '01990000-0000-7000-8000-0000000000ff',
  })
  t.match(unknown, { status: 422, body: { code: 'incident_not_found', errors: [{ pointer: '/into' }] } })

  const merged = await world.act(second.incidentId, community, 'merge', { into: first.incidentId })
  t.match(merged.body.incident, { state: 'merged', mergedInto: first.incidentId })
  t.same(rowsOf(merged.body.incident.deadlines, 'report'), ['community met'])
  t.same(rowsOf(merged.body.incident.deadlines, 'on_site'), ['community cancelled (merged)'])
  const survivor = async () => (await world.call(community, 'GET', `/v1/incidents/${first.incidentId}`)).body
  t.match(await survivor(), { joined: [second.incidentId] })
  t.same(
    (await survivor()).deadlines
      .filter(({ promise, state }) => promise === 'feedback' && state === 'running')
      .map(({ dueAt }) => Date.parse(dueAt) - world.clock.now()),
    [39 * minute, 59 * minute],
    'the clocks of the first do not restart, and the second reporter still waits for an answer',
  )
  await checkWorld(t, world)

  t.equal(
    (await world.act(first.incidentId, community, 'feedback', { text: '已联系车主挪车。' })).status,
    200,
  )
  t.same(rowsOf((await survivor()).deadlines, 'feedback'), ['community met', 'community met'])
  for (const [reporter, { reportId }] of [
    [resident, first],
    [otherResident, second],
  ] as const) {
    const own = await world.call(reporter, 'GET', `/v1/reports/${reportId}`, undefined, {
      headers: { 'accept-language': 'zh' },
    })
    t.equal(own.status, 200)
    t.ok(own.text.includes('已联系车主挪车。'), `${reporter.id} is answered`)
  }
  t.match(await world.call(resident, 'GET', `/v1/reports/${second.reportId}`), { status: 404 })
  await checkWorld(t, world)
})

t.test('a wrong merge is undone, and the merged time counts as a pause', async (t) => {
  const world = await createApiWorld(t)
  const first = (await world.report()).body.incidentId
  world.clock.advance(hour)
  await world.settle()
  const second = (await world.report({}, { by: otherResident })).body.incidentId
  const dueOf = async (id: string, promise: string) => {
    const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
    return body.deadlines
      .filter((row) => row.promise === promise && row.state === 'running')
      .map((row) => Date.parse(row.dueAt))
  }
  const [onSiteDueAt = 0] = await dueOf(second, 'on_site')
  const [feedbackDueAt = 0] = await dueOf(second, 'feedback')
  world.clock.advance(minute)
  await world.act(second, community, 'merge', { into: first })
  world.clock.advance(10 * minute)
  const undone = await world.act(second, street, 'unmerge', { text: '并非同一地点。' })
  t.match(undone.body.incident, { state: 'received', mergedInto: null, generation: 2 })
  t.same(await dueOf(second, 'on_site'), [onSiteDueAt + 10 * minute])
  t.same(await dueOf(second, 'feedback'), [feedbackDueAt], 'the answer was owed all the time')
  t.match(await world.act(second, street, 'merge', { into: first }), {
    status: 409,
    body: { code: 'was_separated', errors: [{ pointer: '/into' }] },
  })
  await checkWorld(t, world)
  world.clock.advance(worldPolicy.onSiteMs)
  await world.settle()
  await checkWorld(t, world)
})

t.test('who is called after a wrong merge gets the time back that it took from them', async (t) => {
  const world = await createApiWorld(t)
  const first = (await world.report()).body.incidentId
  await world.act(first, community, 'feedback', { text: '已派人查看。' })
  world.clock.advance(4 * hour)
  await world.settle()
  const second = (await world.report({}, { by: otherResident })).body.incidentId
  await world.act(second, community, 'feedback', { text: '已派人查看。' })
  // The first one has climbed and is due later than the second, which brings it forward.
  world.clock.advance(worldPolicy.onSiteMs - 4 * hour + minute)
  await world.settle()
  t.equal((await world.act(second, street, 'merge', { into: first })).status, 200)
  world.clock.advance(hour)
  t.equal((await world.act(first, street, 'whistle', { lead: worldUnits.fire })).status, 200)
  const leftToUnit = async () => {
    const { body } = await world.call(street, 'GET', `/v1/incidents/${first}`)
    return body.deadlines.flatMap(({ rung, dueAt }) =>
      rung === 'unit' ? [Date.parse(dueAt) - world.clock.now()] : [],
    )
  }
  t.same(await leftToUnit(), [3 * hour - minute], 'no later than the case as it was merged')
  await checkWorld(t, world)
  world.clock.advance(minute)
  t.equal((await world.act(second, street, 'unmerge', { text: '并非同一地点。' })).status, 200)
  await checkWorld(t, world)
  t.same(await leftToUnit(), [7 * hour - minute], 'no later than the case as it is')
  world.clock.advance(5 * hour)
  await world.settle()
  t.equal((await world.act(first, worldActors.responder, 'arrive')).status, 200)
  await checkWorld(t, world)
})

t.test('cases of different districts are not merged, and nobody merges what is foreign', async (t) => {
  const world = await createApiWorld(t)
  const near = (await world.report()).body.incidentId
  world.clock.advance(minute)
  const far = (await world.report({ areaCode: huangshi.foreignCommunity })).body.incidentId
  const city = { id: 'dispatcher-city', role: 'dispatcher', areaCode: huangshi.city } as const
  t.match(await world.act(far, city, 'merge', { into: near }), {
    status: 422,
    body: { code: 'other_district', errors: [{ pointer: '/into' }] },
  })
  t.match(await world.act(far, foreigner, 'merge', { into: near }), {
    status: 422,
    body: { code: 'incident_not_found' },
  })
  t.match(await world.act(near, foreigner, 'merge', { into: far }), { status: 404 })
  await checkWorld(t, world)
})
