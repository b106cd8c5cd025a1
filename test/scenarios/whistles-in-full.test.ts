import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { community, street, district, responder, otherResponder } = worldActors
const minute = 60_000
const hour = 60 * minute

t.test('a case is handled jointly: one unit leads, another supports, and both report in', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  world.clock.advance(minute)
  const whistled = await world.act(id, street, 'whistle', {
    lead: worldUnits.fire,
    support: [worldUnits.volunteers],
    text: '请消防队主办，志愿队协助疏导群众。',
  })
  t.equal(whistled.status, 200)
  t.match(whistled.body.incident, {
    state: 'dispatched',
    assignments: [
      { no: 1, part: 'lead', state: 'assigned', assignee: { kind: 'unit', name: '黄石港区消防救援大队' } },
      { no: 2, part: 'support', state: 'assigned', assignee: { name: '胜阳港街道志愿服务队' } },
    ],
  })
  t.same(
    whistled.body.incident.deadlines
      .filter(({ state }) => state === 'running')
      .map(({ promise, rung, accountable }) => [promise, rung, accountable.kind]),
    [
      ['feedback', 'street', 'area'],
      ['on_site', 'street', 'area'],
      ['on_site', 'unit', 'unit'],
      ['on_site', 'unit', 'unit'],
    ],
    'the street answers for the case, each unit for its own arrival',
  )
  const second = await world.act(id, street, 'whistle', { lead: worldUnits.volunteers })
  t.match(second, { status: 409, body: { code: 'lead_exists' } })
  const again = await world.act(id, street, 'whistle', { support: [worldUnits.volunteers] })
  t.match(again, { status: 409, body: { code: 'already_assigned', errors: [{ pointer: '/support/0' }] } })
  const nobody = await world.act(id, street, 'whistle', {})
  t.match(nobody, { status: 400, body: { errors: [{ pointer: '/lead' }] } })

  t.equal((await world.act(id, responder, 'accept')).status, 200)
  t.match(await world.act(id, responder, 'accept'), {
    status: 409,
    body: { code: 'already_accepted', title: 'Your unit has reported in already' },
  })
  t.match(await world.act(id, otherResponder, 'finish'), { status: 409, body: { code: 'not_arrived' } })
  t.match(await world.act(id, otherResponder, 'feedback'), { status: 403, body: { code: 'not_lead_unit' } })

  world.clock.advance(hour)
  const supporting = await world.act(id, otherResponder, 'arrive')
  t.match(supporting.body.incident, { state: 'dispatched' }, 'an arrival of support is not that of the lead')
  t.same(rowsOf(supporting.body.incident.deadlines, 'on_site'), [
    'community cancelled (handed_over)',
    'street running',
    'unit running',
    'unit met',
  ])
  const leading = await world.act(id, responder, 'arrive')
  t.match(leading.body.incident, { state: 'on_site' })
  t.same(rowsOf(leading.body.incident.deadlines, 'on_site').slice(1), ['street met', 'unit met', 'unit met'])
  t.match((await world.act(id, otherResponder, 'finish')).body.incident, {
    assignments: [{ state: 'arrived' }, { state: 'finished' }],
  })
  t.match((await world.act(id, responder, 'resolve')).body.incident, {
    state: 'resolved',
    assignments: [{ state: 'ended' }, { state: 'finished' }],
  })
  await checkWorld(t, world)
})

t.test('a returned case is assigned again, and a second return waits for the area above', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  const accountable = async () => {
    const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
    return body.deadlines
      .filter(({ promise, state, rung }) => promise === 'on_site' && state === 'running' && rung !== 'unit')
      .map((row) => row.accountable.code)
  }
  await world.act(id, street, 'whistle', { lead: worldUnits.fire })
  const withoutReason = await world.act(id, responder, 'return', {})
  t.match(withoutReason, { status: 400, body: { errors: [{ pointer: '/text' }] } })
  const returned = await world.act(id, responder, 'return', { text: '此事不属消防职责，应由城管处理。' })
  t.match(returned.body.incident, { state: 'dispatched', assignments: [{ state: 'returned' }] })
  t.same(rowsOf(returned.body.incident.deadlines, 'on_site').at(-1), 'unit cancelled (returned)')
  t.same(await accountable(), [street.areaCode], 'the street answers for it at every instant')

  await world.act(id, street, 'whistle', { lead: worldUnits.volunteers })
  const second = await world.act(id, otherResponder, 'return', { text: '人手不足，无法到场。' })
  t.match(second.body.incident, { assignments: [{}, { state: 'return_requested' }] })
  for (const again of ['return', 'accept'])
    t.match(
      await world.act(id, otherResponder, again, again === 'return' ? { text: '再次申请退单。' } : {}),
      { status: 409, body: { code: 'return_pending' } },
      `${again} while there is no ruling`,
    )
  t.same(await accountable(), [street.areaCode])
  const rule = (by: Actor, upheld: boolean) =>
    world.act(id, by, 'rule-return', { assignmentNo: 2, upheld, text: '经研究，仍请志愿队到场。' })
  t.match(await rule(street, true), { status: 403, body: { code: 'not_superior' } }, 'not by the area itself')
  const ruled = await rule(district, false)
  t.match(ruled.body.incident, { assignments: [{}, { state: 'assigned' }] })
  t.match(await world.act(id, otherResponder, 'return', { text: '仍想退单。' }), {
    status: 409,
    body: { code: 'return_not_possible' },
  })
  t.match(await rule(district, true), { status: 409, body: { code: 'assignment_not_open' } })

  const timeline = await world.call(street, 'GET', `/v1/incidents/${id}/timeline`, undefined, {
    headers: { 'accept-language': 'zh' },
  })
  const texts = timeline.body.items.map(({ text }) => String(text))
  t.ok(
    texts.some((text) => text.includes('胜阳港街道志愿服务队') && text.includes('退单')),
    'the timeline tells of it in Chinese',
  )
  await checkWorld(t, world)
})

t.test('a unit that does not come is in breach, the whistling area carries on', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  await world.act(id, street, 'whistle', { lead: worldUnits.fire })
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
  t.same(rowsOf(body.deadlines, 'on_site'), [
    'community cancelled (handed_over)',
    'street breached',
    'unit breached',
    'district running',
  ])
  t.match(await world.act(id, community, 'withdraw', { assignmentNo: 1, text: '换一家单位。' }), {
    status: 403,
    body: { code: 'not_superior' },
  })
  t.equal((await world.act(id, street, 'withdraw', { assignmentNo: 1, text: '换一家单位。' })).status, 200)
  t.equal((await world.act(id, street, 'whistle', { lead: worldUnits.volunteers })).status, 200)
  await checkWorld(t, world)
})
