import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { createApiWorld, rowsOf } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, street, district, administrator, auditor } = worldActors
const minute = 60_000
const hour = 60 * minute

t.test(
  'a pause stops the clocks from its approval on, and due times move by exactly the time paused',
  async (t) => {
    const world = await createApiWorld(t)
    const id = (await world.report()).body.incidentId
    await world.act(id, community, 'report-up')
    const dueAt = async () => {
      const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
      const row = body.deadlines.find(({ promise, state }) => promise === 'on_site' && state !== 'cancelled')
      return { at: Date.parse(row?.dueAt ?? ''), state: row?.state }
    }
    const first = await dueAt()
    world.clock.advance(hour)
    const until = new Date(world.clock.now() + 48 * hour).toISOString()
    const asked = await world.act(id, street, 'request-pause', {
      promises: ['on_site'],
      until,
      text: '需等待燃气公司停气后施工。',
    })
    t.match(asked.body.incident, { reliefs: [{ no: 1, kind: 'pause', state: 'requested' }] })
    t.same(await dueAt(), { at: first.at, state: 'running' }, 'asking stops nothing')
    const approve = (by: Actor) => world.act(id, by, 'approve-relief', { reliefNo: 1 })
    t.match(await approve(street), { status: 403, body: { code: 'not_superior' } })
    t.match(
      await world.act(id, street, 'request-pause', { promises: ['on_site'], until, text: '再次申请。' }),
      { status: 409, body: { code: 'pause_exists' } },
    )
    world.clock.advance(hour)
    t.equal((await approve(district)).status, 200)
    t.same(await dueAt(), { at: first.at, state: 'paused' })
    world.clock.advance(24 * hour)
    t.same(
      (await world.settle()).length,
      1,
      'the feedback was not paused and runs out, what is paused does not',
    )
    await checkWorld(t, world)

    // Somebody looks an hour after the pause was over: nobody gains by that.
    world.clock.advance(25 * hour)
    await world.settle()
    t.same(await dueAt(), { at: first.at + 47 * hour, state: 'running' })
    await checkWorld(t, world)

    world.clock.advance(8 * hour)
    await world.settle()
    const { body } = await world.call(street, 'GET', `/v1/incidents/${id}`)
    t.match(rowsOf(body.deadlines, 'on_site'), [
      'community cancelled (handed_over)',
      'street breached',
      'district running',
    ])
    const breaches = await world.call(auditor, 'GET', '/v1/audit/breaches?promise=on_site')
    t.match(
      breaches.body.items,
      [{ pausedMs: 47 * hour, urges: 0, handedOver: true }],
      'the breach report tells of the pause',
    )
    await checkWorld(t, world)
  },
)

t.test('an extension is approved from above, within the limit of the policy', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  const ask = (byMs: number) =>
    world.act(id, community, 'request-extension', {
      promises: ['feedback', 'on_site'],
      byMs,
      text: '需要现场勘查。',
    })
  t.match(await ask(8 * 24 * hour), {
    status: 422,
    body: { code: 'relief_beyond_limit', errors: [{ pointer: '/byMs' }] },
  })
  const until = new Date(world.clock.now() - hour).toISOString()
  const past = await world.act(id, community, 'request-pause', {
    promises: ['on_site'],
    until,
    text: '停电。',
  })
  t.match(past, {
    status: 422,
    body: { code: 'pause_over', errors: [{ pointer: '/until', detail: 'The pause would be over already' }] },
  })
  t.notOk(past.text.includes('pauseMaxMs'), 'no rule of the policy is to blame')
  t.equal((await ask(2 * hour)).status, 200)
  t.equal((await world.act(id, street, 'approve-relief', { reliefNo: 1, text: '同意。' })).status, 200)
  world.clock.advance(worldPolicy.feedbackMs + hour)
  await world.settle()
  const { body } = await world.call(community, 'GET', `/v1/incidents/${id}`)
  t.same(rowsOf(body.deadlines, 'feedback'), ['community running'])
  t.equal((await ask(hour)).status, 200)
  t.match((await world.act(id, street, 'refuse-relief', { reliefNo: 2, text: '理由不足。' })).body.incident, {
    reliefs: [{ state: 'approved' }, { state: 'refused' }],
  })
  await checkWorld(t, world)
})

t.test('a superior urges, raises a case to a rung, and an administrator decides at the top', async (t) => {
  const world = await createApiWorld(t)
  const id = (await world.report()).body.incidentId
  t.match(await world.act(id, community, 'urge', { text: '请尽快。' }), {
    status: 403,
    body: { code: 'not_superior' },
  })
  const urged = await world.act(id, district, 'urge', { text: '请立即到场并反馈。' })
  t.same(
    urged.body.incident.deadlines.map(({ urges }) => urges),
    [1, 1, 1],
  )
  t.match(await world.act(id, street, 'raise', { rung: 'district' }), {
    status: 403,
    body: { code: 'not_superior' },
  })
  const raised = await world.act(id, district, 'raise', { rung: 'district', text: '重大隐患，提级办理。' })
  t.same(
    raised.body.incident.deadlines.filter(({ state }) => state === 'running').map(({ rung }) => rung),
    ['district', 'district', 'district'],
  )
  t.match(await world.act(id, district, 'raise', { rung: 'district' }), {
    status: 409,
    body: { code: 'nothing_to_raise' },
  })
  await world.act(id, district, 'request-extension', {
    promises: ['on_site'],
    byMs: hour,
    text: '需协调省级资源。',
  })
  t.match(await world.act(id, district, 'approve-relief', { reliefNo: 1 }), { status: 403 })
  t.equal((await world.act(id, administrator, 'approve-relief', { reliefNo: 1 })).status, 200)
  await checkWorld(t, world)
})
