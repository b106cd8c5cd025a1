import t from 'tap'
import { z } from 'zod'
import { anyReport, createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'

const { gridWorker, community, district, responder } = worldActors
const minute = 60_000
const told = z.array(z.looseObject({ type: z.string(), text: z.string(), note: z.string().nullable() }))

t.test('an old man’s case, filed by his grid worker and followed by his granddaughter', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, clock } = world
  const filed = await world.report(
    {
      contact: undefined,
      onBehalfOf: { name: '周德顺', phone: '15500002222' },
      description: '独居老人家中漏水',
    },
    { by: gridWorker },
  )
  t.equal(filed.status, 201)
  const { reportId, incidentId } = filed.body
  const url = `/v1/public/reports/${reportId}`
  const headers = { 'follow-secret': String(filed.body.followSecret) }
  const look = async () => (await call(null, 'GET', url, undefined, { headers })).body
  const rate = (body: object) => call(null, 'POST', `${url}/rating`, body, { headers })

  clock.advance(3 * minute)
  await act(incidentId, community, 'whistle')
  clock.advance(20 * minute)
  await act(incidentId, responder, 'arrive')
  await act(incidentId, responder, 'resolve', { text: '已更换水阀。' })
  const resolved = await look()
  t.equal(resolved.state, 'resolved')
  t.same(
    told.parse(resolved.timeline).map(({ type, note }) => [type, note]),
    [
      ['received', null],
      ['unit_called', null],
      ['arrived', null],
      ['resolved', '已更换水阀。'],
    ],
  )
  t.ok(resolved.askedToRateUntil)

  clock.advance(120 * minute)
  t.equal((await rate({ solved: false, satisfaction: 1, text: '还在漏。' })).body.state, 'reported')
  const again = (await call(community, 'GET', `/v1/incidents/${incidentId}`)).body
  const dueAt = new Date(clock.now() + worldPolicy.onSiteMs).toISOString()
  t.match(
    again.deadlines.filter(({ state, promise }) => state === 'running' && promise === 'on_site'),
    [{ dueAt, generation: 2 }],
    'the promises are given anew',
  )
  t.match(again.reports, [{ contact: { name: '周德顺' }, filedBy: { id: gridWorker.id } }])

  await act(incidentId, community, 'whistle')
  await act(incidentId, responder, 'arrive')
  await act(incidentId, responder, 'resolve', { text: '已更换整段水管。' })
  clock.advance(worldPolicy.ratingTimeMs + 1)
  await world.settle()
  t.match(await look(), { state: 'closed', askedToRateUntil: null, rating: { solved: false } })
  t.equal((await rate({ solved: true, satisfaction: 5 })).body.code, 'rating_over')
  await checkWorld(t, world)
})

t.test('a passer-by hears that a neighbour has reported the same', async (t) => {
  const { call, report, clock } = await createApiWorld(t)
  await report()
  clock.advance(4 * minute)
  const sent = await call(null, 'POST', '/v1/public/reports', { ...anyReport, address: '路边' })
  await call(community, 'GET', '/v1/board')
  const { link } = sent.headers
  t.equal(link, `</v1/public/reports/${sent.body.reportId}/duplicates>; rel="related"`)
  const url = /^<(.+?)>/.exec(String(link))?.[1] ?? ''
  const look = (secret: unknown) =>
    call(null, 'GET', url, undefined, { headers: { 'follow-secret': String(secret) } })
  const found = await look(sent.body.followSecret)
  t.same(JSON.parse(found.text), {
    items: [{ categoryCode: anyReport.categoryCode, state: 'received', withinM: 50, minutesAgo: 4 }],
  })
  t.match(found.headers, { 'ratelimit-policy': /^"public-following";/ })
  t.equal((await look('another')).status, 404)
})

t.test('somebody who is afraid to be known', async (t) => {
  const world = await createApiWorld(t)
  const { call, act } = world
  const contact = { name: '吴某', phone: '15600003333' }
  const sent = await call(null, 'POST', '/v1/public/reports', { ...anyReport, contact, anonymous: true })
  t.equal(sent.status, 201)
  const { reportId, incidentId } = sent.body
  const seenBy = async (by: Parameters<typeof call>[0]) =>
    (await call(by, 'GET', `/v1/incidents/${incidentId}`)).body.reports
  t.match(await seenBy(community), [{ anonymous: true, contact: null }])
  await act(incidentId, community, 'feedback', { text: '请补充楼栋号。' })
  const headers = { 'follow-secret': String(sent.body.followSecret) }
  t.ok(
    (await call(null, 'GET', `/v1/public/reports/${reportId}`, undefined, { headers })).text.includes(
      '楼栋号',
    ),
  )

  t.match(await seenBy(district), [{ contact: null }])
  await act(incidentId, district, 'reveal-reporter', { reportId, text: '需联系核实险情' })
  t.match(await seenBy(district), [{ contact }])
  t.match(await seenBy(community), [{ contact: null }])
  const { items } = (await call(community, 'GET', `/v1/incidents/${incidentId}/timeline`)).body
  t.match(items.at(-1), { type: 'reporter_revealed', actor: { id: district.id } }, 'and everybody knows that')
  await checkWorld(t, world)
})
