import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { commandRoles } from '../../src/domain/permissions.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { createApiWorld, rowsOf } from './api-world.ts'

const {
  community,
  street,
  district,
  gridWorker,
  responder,
  otherResponder,
  foreigner,
  resident,
  auditor,
  administrator,
} = worldActors
const actions = [
  'report-up',
  'feedback',
  'whistle',
  'arrive',
  'settle',
  'reject',
  'resolve',
  'close',
  'reopen',
] as const

t.test('actions', async (t) => {
  const world = await createApiWorld(t)
  const { report, act, call, clock, pool } = world
  /** A case that was brought somewhere by actions of the community and its people. */
  const after = async (...way: string[]) => {
    const { body } = await report()
    for (const action of way) {
      const by = way.includes('whistle') && action === 'arrive' ? responder : community
      const { status } = await act(
        body.incidentId,
        action === 'arrive' && by === community ? gridWorker : by,
        action,
      )
      t.equal(status, 200, `${action} on the way`)
    }
    return body.incidentId
  }

  await t.test('each action is done by those who may, and answers with the case as it is then', async (t) => {
    const done: [string[], (typeof actions)[number], Actor, string][] = [
      [[], 'report-up', gridWorker, 'reported'],
      [[], 'feedback', community, 'received'],
      [[], 'whistle', community, 'dispatched'],
      [['report-up'], 'whistle', street, 'dispatched'],
      [[], 'arrive', gridWorker, 'on_site'],
      [['whistle'], 'arrive', responder, 'on_site'],
      [['whistle'], 'feedback', responder, 'dispatched'],
      [[], 'settle', gridWorker, 'resolved'],
      [['report-up'], 'settle', district, 'resolved'],
      [[], 'reject', street, 'rejected'],
      [['whistle', 'arrive'], 'resolve', responder, 'resolved'],
      [['arrive'], 'resolve', gridWorker, 'resolved'],
      [['settle'], 'close', community, 'closed'],
      [['settle', 'close'], 'reopen', district, 'reported'],
    ]
    for (const [way, action, by, state] of done) {
      const id = await after(...way)
      const { status, headers, body } = await act(id, by, action)
      t.equal(status, 200, `${action} by ${by.id}`)
      t.match(body.incident, { id, state, revision: way.length + 2 })
      t.equal(headers.etag, `"${way.length + 2}"`)
      t.match(body.event, { stream: `incident/${id}`, hash: /^[0-9a-f]{64}$/ })
      const read = await call(community, 'GET', `/v1/incidents/${id}`)
      t.match(read.body, { state, revision: way.length + 2 }, 'and it is stored')
      t.equal(read.headers.etag, headers.etag)
    }
  })

  await t.test('a role that may not do an action is told so, whatever the case', async (t) => {
    const id = await after()
    const people = {
      resident,
      grid_worker: gridWorker,
      dispatcher: community,
      responder,
      auditor,
      administrator,
    }
    for (const action of actions) {
      const roles: readonly string[] =
        Object.entries(commandRoles).find(([type]) => type.replaceAll('_', '-') === action)?.[1] ?? []
      t.ok(roles.length > 0)
      for (const [role, by] of Object.entries(people)) {
        if (roles.includes(role)) continue
        const { status, body } = await act(id, by, action)
        t.same([status, body.code], [403, 'forbidden'], `${action} by a ${role}`)
      }
    }
    t.match((await call(community, 'GET', `/v1/incidents/${id}`)).body, { revision: 1, state: 'received' })
  })

  await t.test('refusals name their reason and change nothing', async (t) => {
    const refused = async (
      way: string[],
      action: string,
      by: Actor,
      status: number,
      code: string,
      body?: object,
    ) => {
      const id = await after(...way)
      const answer = await act(id, by, action, body)
      t.same(
        [answer.status, answer.body.code],
        [status, code],
        `${action} after ${way.join(', ') || 'receipt'}`,
      )
      t.match((await call(district, 'GET', `/v1/incidents/${id}`)).body, { revision: way.length + 1 })
    }
    await refused(['report-up'], 'report-up', community, 409, 'illegal_transition')
    await refused([], 'resolve', community, 409, 'not_arrived')
    await refused([], 'close', community, 409, 'illegal_transition')
    await refused(['settle'], 'feedback', community, 409, 'illegal_transition')
    await refused([], 'report-up', district, 403, 'not_accountable')
    await refused(['whistle'], 'arrive', gridWorker, 403, 'not_lead_unit')
    await refused([], 'whistle', community, 422, 'unit_not_found', { lead: 'no-such-unit' })
    const far = await report({ areaCode: '420203007201' })
    const foreign = await act(far.body.incidentId, foreigner, 'whistle', { lead: worldUnits.fire })
    t.same([foreign.status, foreign.body.code], [422, 'unit_does_not_serve_area'])
  })

  await t.test('If-Match holds an action to what the client saw, and no clock makes it fail', async (t) => {
    const id = await after()
    clock.advance(11 * 60_000)
    t.ok((await world.settle()).length > 0, 'a clock fired')
    const matched = await act(
      id,
      community,
      'feedback',
      { text: '在处理' },
      { headers: { 'if-match': '"1"' } },
    )
    t.equal(matched.status, 200)
    const stale = await act(id, community, 'feedback', { text: '在处理' }, { headers: { 'if-match': '"1"' } })
    t.same([stale.status, stale.body.code], [412, 'precondition_failed'])
    for (const tag of ['1', 'W/"1"', '*', '"x"', '""']) {
      const { status } = await act(
        id,
        community,
        'feedback',
        { text: '在' },
        { headers: { 'if-match': tag } },
      )
      t.equal(status, 400, tag)
    }
    const later = await after()
    clock.advance(11 * 60_000)
    t.equal((await act(later, community, 'close', {}, { headers: { 'if-match': '"7"' } })).status, 412)
    const { rows } = await pool.query('select count(*)::int as n from breaches where incident_id = $1', [
      later,
    ])
    t.equal(rows[0].n, 1, 'what was overdue is settled all the same')
  })

  await t.test('what was overdue stays settled when the action is refused', async (t) => {
    const id = await after()
    clock.advance(10 * 60_000 + 1)
    for (const [action, body] of [
      ['close', {}],
      ['whistle', { lead: 'no-such-unit' }],
    ] as const) {
      t.ok((await act(id, community, action, body)).status >= 400)
      const { body: incident } = await call(community, 'GET', `/v1/incidents/${id}`)
      t.same(
        rowsOf(incident.deadlines, 'report'),
        ['community breached', 'street running'],
        `after ${action}`,
      )
    }
    const { rows } = await pool.query('select count(*)::int as n from breaches where incident_id = $1', [id])
    t.equal(rows[0].n, 1)
  })

  await t.test('another unit’s responder cannot find the case', async (t) => {
    const id = await after('whistle')
    t.equal((await act(id, otherResponder, 'arrive')).status, 404)
    t.equal((await call(otherResponder, 'GET', `/v1/incidents/${id}`)).status, 404)
    t.equal((await call(responder, 'GET', `/v1/incidents/${id}`)).status, 200)
    t.equal((await act(await after(), responder, 'arrive')).status, 404, 'nor anybody’s, before the whistle')
  })

  await t.test('what a phone says of the time is kept and decides nothing', async (t) => {
    const id = await after()
    clock.advance(9 * 3_600_000)
    const occurredAt = '2026-11-20T09:01:00+08:00'
    const { body } = await act(id, gridWorker, 'arrive', {
      occurredAt,
      position: { latitude: 30.3, longitude: 115.1 },
    })
    t.same(rowsOf(body.incident.deadlines, 'on_site'), ['community breached fulfilled', 'street met'])
    const timeline = await call(community, 'GET', `/v1/incidents/${id}/timeline`)
    t.match(timeline.body.items.at(-1), { type: 'arrived', farFromPlace: true })
    const { rows } = await pool.query("select body from events where stream = $1 and type = 'arrived'", [
      `incident/${id}`,
    ])
    t.equal(JSON.parse(rows[0].body).occurredAt, Date.parse(occurredAt))
  })
})
