import t, { type Test } from 'tap'
import { createDutyRounds } from '../../src/deadlines/move-duty.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import { boardOf } from '../board/board-answer.ts'
import { createInboxWorld, type InboxWorld, told } from '../inbox/inbox-world.ts'
import { rowsOf } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { community, street, district, auditor, gridWorker, responder } = worldActors
const keeper = { id: 'administrator-district', role: 'administrator', areaCode: huangshi.district } as const
const neighbour = { id: 'dispatcher-neighbour', role: 'dispatcher', areaCode: huangshi.neighbour } as const
const eastDesk = { id: 'dispatcher-east', role: 'dispatcher', areaCode: '420202008000' } as const
const allOwed = ['deadline report running', 'deadline feedback running', 'deadline on_site running']
const minute = 60_000

interface DutyWorld extends InboxWorld {
  /** Changes the tree of areas, which is to succeed. */
  change(method: 'POST' | 'PUT', path: string, body?: object): Promise<void>
  /** What the worker does within seconds. */
  follow(): Promise<number>
  inboxOf(by: Actor): Promise<string[]>
}

async function createDutyWorld(t: Test): Promise<DutyWorld> {
  const world = await createInboxWorld(t)
  const onFailure = (_id: string, error: unknown): never => {
    throw error
  }
  const round = createDutyRounds({ db: world.db, readClock: world.clock.read, onFailure })
  return {
    ...world,
    async change(method, path, body) {
      const answer = await world.call(keeper, method, `/v1/areas/${path}`, body)
      if (answer.status !== 200) throw new Error(answer.text)
    },
    follow: () => round(),
    inboxOf: async (by) => (await world.inbox(by)).items.map(told),
  }
}

const merge = (world: DutyWorld) =>
  world.change('POST', `${huangshi.neighbour}/merge`, { from: [huangshi.community] })
const splitStreet = (world: DutyWorld, inTheEast: readonly string[] = [huangshi.community]) =>
  world.change('POST', `${huangshi.street}/split`, {
    into: [
      { code: eastDesk.areaCode, name: '胜阳港东街道', childCodes: inTheEast },
      { code: '420202009000', name: '胜阳港西街道', childCodes: [huangshi.neighbour] },
    ],
  })
const moveGrid = (world: DutyWorld) =>
  world.change('PUT', huangshi.grid, {
    name: '胜阳港社区第一网格',
    kind: 'grid',
    parentCode: huangshi.neighbour,
  })
const pause = { promises: ['on_site'], text: '需等待燃气公司停气后施工。' }
const in5Hours = (world: DutyWorld) => new Date(world.clock.now() + 300 * minute).toISOString()

t.test('when communities are merged, whoever takes over answers for what is open, unasked', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  const path = `/v1/incidents/${id}`
  const before = (await world.call(street, 'GET', path)).body.deadlines
  world.clock.advance(minute)
  t.same(await world.inboxOf(community), allOwed)
  await merge(world)
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
  const { tree_version: followed } = await world.db
    .selectFrom('duty_progress')
    .select('tree_version')
    .executeTakeFirstOrThrow()
  const { version } = await world.db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  t.equal(followed, version, 'and the version counts as followed')

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
  await merge(world)
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
  await merge(world)
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
  await world.change('POST', `${huangshi.community}/restore`)
  t.equal(await world.follow(), 1, 'back again, with the area')
  t.same([await listed(neighbour), await listed(community)], [[], [id]])
  t.same(await world.inboxOf(community), ['assignment on_site running assigned'])
  await checkWorld(t, world)
})

t.test('what is filed right on an area that is split stays with it', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report({ areaCode: huangshi.community })).body
  world.clock.advance(minute)
  await world.change('POST', `${huangshi.community}/split`, {
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

t.test('whoever rules on a return is whoever is above now; what was said before stays said', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  for (const _each of [1, 2]) {
    await world.done(id, community, 'whistle')
    await world.done(id, responder, 'return', { text: '不属于消防职责。' })
  }
  world.clock.advance(minute)
  const waiting = ['return on_site running return_requested']
  const returns = async (by: Actor) => (await world.inboxOf(by)).filter((each) => each.startsWith('return'))
  t.same(await returns(street), waiting)
  await merge(world)
  await world.follow()
  t.same([await returns(street), await returns(neighbour)], [waiting, []], 'not to whoever called')
  await splitStreet(world, [])
  await world.follow()
  const west: Actor = { id: 'dispatcher-west', role: 'dispatcher', areaCode: '420202009000' }
  t.same([await returns(street), await returns(west)], [[], waiting])
  await world.done(id, west, 'rule-return', { assignmentNo: 2, upheld: false, text: '属于消防职责。' })
  const { items } = (
    await world.call(neighbour, 'GET', `/v1/incidents/${id}/timeline`, undefined, {
      headers: { 'accept-language': 'zh' },
    })
  ).body
  const returned = items.filter(({ type }) => type === 'assignment_returned')
  t.match(returned[0], { text: /退单，由胜阳港社区重新派单/ })
  t.match(returned[1], { text: /申请退单，由胜阳港社区的上级裁定/ }, 'which it was then')
  t.match(items.at(-1), { type: 'return_ruled' })
  await checkWorld(t, world)
})

t.test('whoever decides about a pause is whoever is above now, and who asks now is told', async (t) => {
  const world = await createDutyWorld(t)
  const { incidentId: id } = (await world.report()).body
  await world.done(id, community, 'request-pause', { ...pause, until: in5Hours(world) })
  world.clock.advance(minute)
  await splitStreet(world)
  await world.follow()
  const asked = ['relief on_site running pause']
  t.same(await world.inboxOf(eastDesk), asked, 'the community is the same, and lies below another street')
  world.clock.advance(minute)
  await moveGrid(world)
  await world.follow()
  const west: Actor = { id: 'dispatcher-west', role: 'dispatcher', areaCode: '420202009000' }
  t.same([await world.inboxOf(eastDesk), await world.inboxOf(west)], [[], asked])
  await world.done(id, west, 'approve-relief', { reliefNo: 1 })
  const notices = await world.db
    .selectFrom('outbox')
    .select('recipient_code')
    .where('kind', '=', 'relief_approved')
    .execute()
  t.same(notices, [{ recipient_code: huangshi.neighbour }], 'not the community that had asked')
  await checkWorld(t, world)
})

t.test('the red list asks whoever stands at the top of the ladder now', async (t) => {
  const world = await createDutyWorld(t)
  const everyRung = (limitMs: number) => ({ community: limitMs, street: limitMs })
  const short = {
    ...defaultPolicy,
    areaCode: huangshi.district,
    ladder: ['community', 'street'],
    limitsMs: {
      report: everyRung(worldPolicy.reportMs),
      feedback: everyRung(worldPolicy.feedbackMs),
      on_site: everyRung(worldPolicy.onSiteMs),
    },
  }
  t.equal((await world.call(worldActors.administrator, 'POST', '/v1/policies', short)).status, 201)
  await world.report()
  for (let rung = 0; rung < 2; rung += 1) {
    world.clock.advance(worldPolicy.onSiteMs + 1)
    await world.settle()
  }
  const next = async (by: Actor) =>
    (await boardOf(world.call)(by)).items.map(({ standing, redList, next }) => ({ standing, redList, next }))
  const shown = (name: string) => [
    { standing: 'exhausted', redList: true, next: { rung: 'street', accountable: { name } } },
  ]
  t.match(await next(street), shown('胜阳港街道'))
  await splitStreet(world)
  await world.follow()
  t.match(await next(eastDesk), shown('胜阳港东街道'))
  t.same(await next(street), [])
  const { items } = (await world.call(auditor, 'GET', '/v1/audit/breaches?promise=report')).body
  t.match(items[0], { outcome: 'exhausted', accountable: { name: '胜阳港街道' } }, 'whose breach it is')
  await checkWorld(t, world)
})
