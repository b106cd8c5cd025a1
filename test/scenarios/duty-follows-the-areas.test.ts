import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { boardOf } from '../board/board-answer.ts'
import { rowsOf } from '../incidents/api-world.ts'
import { changeAreas, eastDesk, splitStreet } from '../support/changed-areas.ts'
import { checkWorld } from '../support/check-world.ts'
import { isFollowed } from '../support/followed-version.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import {
  createDutyWorld,
  in5Hours,
  mergeCommunities,
  minute,
  moveGrid,
  neighbour,
  pause,
} from './duty-world.ts'

const { community, street, district, auditor, gridWorker } = worldActors
const allOwed = ['deadline report running', 'deadline feedback running', 'deadline on_site running']

t.test('when communities are merged, whoever takes over answers for what is open, unasked', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  const path = `/v1/incidents/${id}`
  const before = (await world.call(street, 'GET', path)).body.deadlines
  world.clock.advance(minute)
  t.same(await world.inboxOf(community), allOwed)
  await mergeCommunities(world)
  t.same(await world.follow(), 1, 'one case is looked at')
  t.equal((await world.call(community, 'GET', path)).status, 404)
  t.same(await world.inboxOf(community), [], 'nothing is left with the old desk')
  t.same(await world.inboxOf(neighbour), allOwed)
  const { deadlines } = (await world.call(neighbour, 'GET', path)).body
  t.same(rowsOf(deadlines, 'on_site'), ['community cancelled (handed_over)', 'community running'])
  t.same(
    deadlines.slice(3).map(({ dueAt, accountable }) => [dueAt, accountable.name]),
    before.map(({ dueAt }) => [dueAt, '湖滨路社区']),
    'due as before',
  )
  const timeline = async (language: string) =>
    (
      await world.call(street, 'GET', `${path}/timeline`, undefined, {
        headers: { 'accept-language': language },
      })
    ).body.items.at(-1)
  t.match(await timeline('zh'), {
    type: 'duty_moved',
    actor: null,
    text: '辖区调整，责任随之移交；上报、反馈、到场改由社区（湖滨路社区）负责，时限不变',
  })
  t.match(await timeline('en'), {
    text: 'The areas have changed, and duty has moved with them; the community (湖滨路社区) is now accountable for report, feedback, on-site, due as before',
  })
  const notices = await world.db
    .selectFrom('outbox')
    .select(['kind', 'recipient_code'])
    .where('incident_id', '=', id)
    .execute()
  t.same(
    notices,
    Array.from({ length: 3 }, () => ({ kind: 'handed_over', recipient_code: huangshi.neighbour })),
  )

  t.same([await world.follow(), await world.follow()], [0, 0], 'nothing moves twice')
  t.ok(await isFollowed(world, world.follow), 'and the version counts as followed')

  const asked = await world.act(id, neighbour, 'request-pause', { ...pause, until: in5Hours(world) })
  t.match(asked.body.incident, { reliefs: [{ state: 'requested' }] })
  t.match(await world.inboxOf(street), ['relief on_site running pause'], 'whoever is above decides')
  world.clock.advance(worldPolicy.reportMs)
  await world.settle()
  t.match((await world.call(auditor, 'GET', '/v1/audit/breaches')).body.items, [
    { promise: 'report', accountable: { name: '湖滨路社区' } },
  ])
  await checkWorld(t, world)
})

t.test('whoever touches the case first moves duty, and what had run out stays whose it was', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  world.clock.advance(worldPolicy.reportMs + 1)
  await mergeCommunities(world)
  const { body } = await world.act(id, neighbour, 'whistle')
  const live = body.incident.deadlines.filter(({ state, rung }) => state === 'running' && rung !== 'unit')
  t.same(
    live.map(({ promise, accountable }) => [promise, accountable.name]),
    [
      ['feedback', '湖滨路社区'],
      ['on_site', '湖滨路社区'],
    ],
  )
  t.match((await world.call(auditor, 'GET', '/v1/audit/breaches')).body.items, [
    { promise: 'report', accountable: { name: '胜阳港社区' } },
  ])
  world.clock.advance(minute)
  await checkWorld(t, world)
})

t.test('when a street is split, its part answers for what was handed up, and decides', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  await world.done(id, community, 'report-up')
  await world.done(id, street, 'request-pause', { ...pause, until: in5Hours(world) })
  await world.done(id, district, 'approve-relief', { reliefNo: 1 })
  world.clock.advance(minute)
  await splitStreet(world)
  t.equal(await world.follow(), 1)
  t.same(await world.inboxOf(eastDesk), ['deadline feedback running', 'deadline on_site paused'])
  t.equal((await world.act(id, street, 'resume', { reliefNo: 1 })).status, 404)
  world.clock.advance(minute)
  t.equal((await world.act(id, eastDesk, 'resume', { reliefNo: 1 })).status, 200)
  t.same(await world.inboxOf(eastDesk), ['deadline feedback running', 'deadline on_site running'])
  world.clock.advance(worldPolicy.feedbackMs)
  await world.settle()
  t.match((await world.call(auditor, 'GET', '/v1/audit/breaches')).body.items, [
    { promise: 'feedback', accountable: { name: '胜阳港东街道' } },
  ])
  await checkWorld(t, world)
})

t.test('a grid that moves between two communities takes duty and what was handed down along', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  await world.done(id, street, 'hand-down', { areaCode: huangshi.community })
  await world.done(id, community, 'accept')
  const other = (await world.report()).body.incidentId
  world.clock.advance(minute)
  await moveGrid(world)
  t.equal(await world.follow(), 2)
  t.same(await world.inboxOf(community), [])
  t.same(
    (await world.inboxOf(neighbour)).toSorted(),
    [...allOwed, 'assignment on_site running accepted'].toSorted(),
  )
  const { body } = await world.call(neighbour, 'GET', `/v1/incidents/${id}`)
  t.match(body, { assignments: [{ assignee: { code: huangshi.neighbour }, state: 'accepted' }] })
  const { items } = (await world.call(street, 'GET', `/v1/incidents/${id}/timeline`)).body
  t.match(items.at(-1), {
    type: 'duty_moved',
    text: /湖滨路社区 \(lead\) carries the assignment on for 胜阳港街道/,
  })
  t.equal((await world.act(id, community, 'arrive')).status, 403)
  t.equal((await world.act(id, gridWorker, 'arrive')).status, 200, 'the worker of the grid has moved along')
  t.equal((await world.act(other, neighbour, 'report-up')).status, 200)
  await checkWorld(t, world)
})

t.test('a case filed right on a community that is merged away goes over as a whole', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report({ areaCode: huangshi.community })).body
  const path = `/v1/incidents/${id}`
  const listed = async (by: Actor) =>
    (await world.call(by, 'GET', '/v1/incidents')).body.items.map((each) => each.id)
  world.clock.advance(minute)
  await mergeCommunities(world)
  t.same([await listed(neighbour), await listed(community)], [[id], []], 'at once, by the tree alone')
  t.match((await boardOf(world.call)(neighbour)).items, [{ id }])
  t.equal(await world.follow(), 1)
  t.same([await world.inboxOf(neighbour), await world.inboxOf(community)], [allOwed, []])
  t.equal((await world.act(id, community, 'report-up')).status, 404)
  t.match((await world.call(neighbour, 'GET', path)).body, {
    area: { code: huangshi.community, name: '胜阳港社区' },
  })
  t.equal((await world.act(id, neighbour, 'report-up')).status, 200)
  t.match((await world.call(auditor, 'GET', `/v1/areas/${huangshi.community}`)).body, {
    parentCode: huangshi.street,
    ancestors: [{ kind: 'city' }, { kind: 'district' }, { kind: 'street' }, { code: huangshi.neighbour }],
  })

  world.clock.advance(minute)
  await world.done(id, street, 'hand-down', { areaCode: huangshi.neighbour })
  world.clock.advance(minute)
  await changeAreas(world, 'POST', `${huangshi.community}/restore`)
  t.equal(await world.follow(), 1, 'back again, with the area')
  t.same([await listed(neighbour), await listed(community)], [[], [id]])
  t.same(await world.inboxOf(community), ['assignment on_site running assigned'])
  await checkWorld(t, world)
})

t.test('what is filed right on an area that is split stays with it', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report({ areaCode: huangshi.community })).body
  world.clock.advance(minute)
  await changeAreas(world, 'POST', `${huangshi.community}/split`, {
    into: [
      { code: '420202007021', name: '胜阳港东社区', childCodes: [huangshi.grid] },
      { code: '420202007022', name: '胜阳港西社区', childCodes: [] },
    ],
  })
  t.equal(await world.follow(), 0)
  t.same(await world.inboxOf(community), allOwed, 'nothing says to which part it belongs')
  t.equal((await world.act(id, community, 'report-up')).status, 200)
  await checkWorld(t, world)
})

t.test('an area gives way to none in another district while a case is open right in it', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report({ areaCode: huangshi.community })).body
  await moveGrid(world)
  const away = { successorCodes: [huangshi.foreignCommunity] }
  const retire = () =>
    world.call(worldActors.administrator, 'POST', `/v1/areas/${huangshi.community}/retire`, away)
  t.match(await retire(), { status: 409, body: { code: 'open_incidents' } })
  await world.done(id, community, 'settle')
  t.equal((await retire()).status, 200)
  await checkWorld(t, world)
})
