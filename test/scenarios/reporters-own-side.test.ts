import t from 'tap'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { resident, otherResident, gridWorker, community, street, district, auditor, responder } = worldActors
const leader = { id: 'leader-wang', role: 'building_leader', areaCode: huangshi.grid } as const
const minute = 60_000
const told = z.array(z.object({ type: z.string(), text: z.string(), note: z.string().nullable() }))
const zh = { headers: { 'accept-language': 'zh-CN' } }

t.test('a resident follows her report to its end, says that it did not work, and is heard', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report, clock, settle } = world
  const { reportId, incidentId } = (await report()).body
  const own = async () => (await call(resident, 'GET', `/v1/reports/${reportId}`, undefined, zh)).body
  const steps = async () => told.parse((await own()).timeline)
  const rate = (body: object) => call(resident, 'POST', `/v1/reports/${reportId}/rating`, body)

  clock.advance(worldPolicy.reportMs + minute)
  await settle()
  await act(incidentId, gridWorker, 'report-up', { text: '内部备注：车主为本小区业主。' })
  await act(incidentId, street, 'whistle', { lead: worldUnits.fire })
  await act(incidentId, responder, 'arrive')
  await act(incidentId, responder, 'feedback', { text: '正在拖车。' })
  await act(incidentId, responder, 'resolve', { text: '已拖离三辆车。' })
  t.same(
    (await steps()).map(({ type, text, note }) => note ?? (type === 'running_late' ? type : text)),
    [
      '胜阳港社区已受理您的线索',
      'running_late',
      '已核实并上报至胜阳港街道',
      '已通知黄石港区消防救援大队前往处理',
      '处置人员已到场',
      '正在拖车。',
      '已拖离三辆车。',
    ],
  )
  const text = JSON.stringify(await own())
  for (const secret of ['内部备注', gridWorker.id, street.id, responder.id, '李秀英'])
    t.notOk(text.includes(secret), `the public timeline does not tell ${secret}`)

  t.match(await rate({ solved: true, satisfaction: 6 }), { status: 400 })
  const no = await rate({ solved: false, satisfaction: 2, text: '晚上又堵上了。' })
  t.match(no, { status: 200, body: { state: 'reported' } })
  t.match((await steps()).at(-1), {
    type: 'rated',
    text: /未解决，满意度 2\/5，已重办/,
    note: '晚上又堵上了。',
  })
  const again = (await call(street, 'GET', `/v1/incidents/${incidentId}`)).body
  t.match(
    again.deadlines.filter(({ state }) => state === 'running'),
    [
      { promise: 'feedback', generation: 2, accountable: { name: '胜阳港街道' } },
      { promise: 'on_site', generation: 2, accountable: { name: '胜阳港街道' } },
    ],
    'it goes back to the area that had ended it, with promises of its own',
  )
  await checkWorld(t, world)
  await act(incidentId, street, 'settle', { text: '已装隔离桩。' })
  t.match(await rate({ solved: true, satisfaction: 5 }), { status: 200, body: { state: 'closed' } })
  t.match(await own(), { rating: { solved: true, satisfaction: 5 }, askedToRateUntil: null })
  t.match(await rate({ solved: false, satisfaction: 1 }), { status: 409, body: { code: 'already_rated' } })

  await report({}, { by: otherResident })
  t.same(
    (await call(resident, 'GET', '/v1/reports')).body.items.map(({ id }) => id),
    [reportId],
    'her own reports, and nobody else’s',
  )
  t.equal((await call(otherResident, 'GET', `/v1/reports/${reportId}`)).status, 404)
  await settle()
  await checkWorld(t, world)
})

t.test('a building leader files for an old neighbour, who follows it by a secret link', async (t) => {
  const world = await createApiWorld(t)
  const { call, act } = world
  const onBehalfOf = { name: '周德顺', phone: '15500002222' }
  const filed = await world.report({ contact: undefined, onBehalfOf }, { by: leader })
  t.equal(filed.status, 201)
  const { reportId, incidentId } = filed.body
  const headers = { 'follow-secret': String(filed.body.followSecret) }
  const seen = (await call(community, 'GET', `/v1/incidents/${incidentId}`)).body.reports
  t.match(seen, [{ contact: onBehalfOf, filedBy: { id: leader.id, role: 'building_leader' } }])
  await act(incidentId, leader, 'settle', { text: '已上门处理。' })
  const url = `/v1/public/reports/${reportId}`
  t.match((await call(null, 'GET', url, undefined, { headers })).body, { state: 'resolved', onBehalf: true })
  t.match((await call(leader, 'GET', `/v1/reports/${reportId}`)).body, { onBehalf: true })
  const rating = { solved: true, satisfaction: 4 }
  t.match(await call(null, 'POST', `${url}/rating`, rating, { headers }), { body: { state: 'closed' } })
  t.equal(
    (await call(null, 'GET', url, undefined, { headers: { 'follow-secret': 'x'.repeat(43) } })).status,
    404,
  )
  await checkWorld(t, world)
})

t.test(
  'who asks not to be named is not, until somebody entitled looks, which everybody then reads',
  async (t) => {
    const world = await createApiWorld(t)
    const { call, act, report } = world
    const contact = { name: '吴某某', phone: '15600003333' }
    const { reportId, incidentId } = (await report({ anonymous: true, contact })).body
    const seenBy = async (by: Actor) => (await call(by, 'GET', `/v1/incidents/${incidentId}`)).body.reports
    for (const by of [gridWorker, leader, community, street, district, auditor])
      t.match(await seenBy(by), [{ anonymous: true, contact: null, revealedReporter: null }], by.id)
    const reveal = (by: Actor) =>
      act(incidentId, by, 'reveal-reporter', { reportId, text: '举报内容涉及人身安全，需核实。' })
    t.match(await reveal(street), { status: 403, body: { code: 'not_entitled' } })
    t.match(await reveal(gridWorker), { status: 403, body: { code: 'forbidden' } })
    t.equal((await reveal(auditor)).status, 200)
    t.match(await seenBy(auditor), [{ contact, revealedReporter: { id: resident.id } }])
    t.match(await seenBy(district), [{ contact: null, revealedReporter: null }], 'to that one reader alone')
    for (const [language, words] of [
      ['zh', /查看了匿名反映人的身份/],
      ['en', /was shown who had reported anonymously/],
    ] as const) {
      const { body } = await call(community, 'GET', `/v1/incidents/${incidentId}/timeline`, undefined, {
        headers: { 'accept-language': language },
      })
      t.match(body.items.at(-1), { type: 'reporter_revealed', actor: { id: auditor.id }, text: words })
    }
    const own = await call(resident, 'GET', `/v1/reports/${reportId}`)
    t.match(own.body, { anonymous: true, state: 'received' }, 'and they follow it as anybody does')
    await checkWorld(t, world)
  },
)
