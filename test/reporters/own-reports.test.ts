import t from 'tap'
import { z } from 'zod'
import { anyReport, createApiWorld } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { resident, otherResident, gridWorker, community, street } = worldActors
const buildingLeader = { id: 'leader-1', role: 'building_leader', areaCode: huangshi.grid } as const
const minute = 60_000
const promised = z.object({
  promise: z.string(),
  dueAt: z.string(),
  nowDueAt: z.string().nullable(),
  paused: z.boolean(),
  keptAt: z.string().nullable(),
  late: z.boolean(),
})

t.test('who reported sees their own reports', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report, clock } = world
  const iso = (at: number) => new Date(at).toISOString()
  const own = async (reportId: string, by: Parameters<typeof call>[0] = resident) =>
    (await call(by, 'GET', `/v1/reports/${reportId}`)).body
  const promisesOf = async (reportId: string, by: Parameters<typeof call>[0] = resident) => {
    const promises = z.array(promised).parse((await own(reportId, by)).promises)
    return Object.fromEntries(promises.map(({ promise, ...rest }) => [promise, rest]))
  }

  await t.test('newest first, a page at a time, anonymous ones too', async (t) => {
    const sent: string[] = []
    for (let times = 0; times < 10; times += 1) {
      sent.unshift((await report(times % 3 === 0 ? {} : { anonymous: true })).body.reportId)
      await report({}, { by: otherResident })
    }
    const seen: string[] = []
    let url: string | undefined = '/v1/reports?limit=3'
    const lengths: number[] = []
    while (url !== undefined) {
      const { status, body, headers } = await call(resident, 'GET', url)
      t.equal(status, 200)
      lengths.push(body.items.length)
      seen.push(...body.items.map(({ id }) => id))
      url = /^<([^>]+)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1]
    }
    t.same(seen, sent)
    t.same(lengths, [3, 3, 3, 1])
    const [newest] = (await call(resident, 'GET', '/v1/reports?limit=1')).body.items
    t.match(newest, {
      id: sent[0],
      state: 'received',
      area: { code: huangshi.grid },
      categoryCode: anyReport.categoryCode,
      description: anyReport.description,
      askedToRateUntil: null,
    })
  })

  await t.test('nobody else’s, and nothing where there is none', async (t) => {
    const fresh = { id: 'resident-fresh', role: 'resident' } as const
    t.same((await call(fresh, 'GET', '/v1/reports')).body.items, [])
    t.equal((await call(worldActors.auditor, 'GET', '/v1/reports')).status, 403)
    t.equal((await call(null, 'GET', '/v1/reports')).status, 401)
    t.equal((await call(resident, 'GET', '/v1/reports?cursor=bm90IGFuIGlk')).status, 400)
    t.equal((await call(resident, 'GET', '/v1/reports?limit=0')).status, 400)
    t.equal((await call(resident, 'GET', '/v1/reports?mine=1')).status, 400)
  })

  await t.test('a building leader reports about the own area, unless it says otherwise', async (t) => {
    const { status, body } = await report({ areaCode: undefined }, { by: buildingLeader })
    t.equal(status, 201)
    t.match(await own(body.reportId, buildingLeader), { area: { code: huangshi.grid } })
    const elsewhere = await report({ areaCode: huangshi.neighbour }, { by: buildingLeader })
    t.match(await own(elsewhere.body.reportId, buildingLeader), { area: { code: huangshi.neighbour } })
    t.equal((await call(gridWorker, 'GET', `/v1/reports/${body.reportId}`)).status, 404)
  })

  await t.test('what is promised, and when it is due now', async (t) => {
    const receivedAt = clock.now()
    const { reportId, incidentId } = (await report()).body
    const dueAt = iso(receivedAt + worldPolicy.onSiteMs)
    t.same((await promisesOf(reportId)).on_site, {
      dueAt,
      nowDueAt: dueAt,
      paused: false,
      keptAt: null,
      late: false,
    })
    clock.advance(minute)
    await act(incidentId, community, 'report-up')
    t.match((await promisesOf(reportId)).report, { keptAt: iso(clock.now()), nowDueAt: null })
    t.match((await promisesOf(reportId)).on_site, { dueAt, nowDueAt: dueAt }, 'handed over with its due time')

    const ask = await act(incidentId, street, 'request-extension', {
      text: '等待市政挖掘许可',
      promises: ['on_site'],
      byMs: 30 * minute,
    })
    t.equal(ask.status, 200, ask.text)
    t.match((await promisesOf(reportId)).on_site, { nowDueAt: dueAt }, 'asked for is not granted')
    await act(incidentId, worldActors.district, 'approve-relief', { reliefNo: 1 })
    const extended = iso(receivedAt + worldPolicy.onSiteMs + 30 * minute)
    t.match((await promisesOf(reportId)).on_site, { dueAt, nowDueAt: extended, paused: false })

    const until = iso(clock.now() + 60 * minute)
    await act(incidentId, street, 'request-pause', { text: '等待配件', promises: ['on_site'], until })
    await act(incidentId, worldActors.district, 'approve-relief', { reliefNo: 2 })
    t.match((await promisesOf(reportId)).on_site, { dueAt, nowDueAt: null, paused: true })
    t.match((await promisesOf(reportId)).feedback, { paused: false }, 'the answer is still owed')
    clock.advance(10 * minute)
    await act(incidentId, street, 'resume', { reliefNo: 2 })
    t.match((await promisesOf(reportId)).on_site, {
      dueAt,
      nowDueAt: iso(receivedAt + worldPolicy.onSiteMs + 40 * minute),
      paused: false,
    })
  })

  await t.test('of a report that was joined with another, the case that it belongs to now', async (t) => {
    const early = (await report()).body
    clock.advance(5 * minute)
    const receivedAt = clock.now()
    const late = (await report({}, { by: otherResident })).body
    await act(late.incidentId, community, 'merge', { into: early.incidentId })
    const joinedAt = iso(clock.now())
    t.match(await own(late.reportId, otherResident), {
      number: late.number,
      caseNumber: early.number,
      state: 'received',
    })
    t.match((await call(otherResident, 'GET', '/v1/reports?limit=1')).body.items[0], {
      id: late.reportId,
      number: late.number,
      state: 'received',
    })
    t.match(await promisesOf(late.reportId, otherResident), {
      report: { keptAt: joinedAt },
      feedback: { dueAt: iso(receivedAt + worldPolicy.feedbackMs), keptAt: null },
      on_site: { nowDueAt: iso(receivedAt - 5 * minute + worldPolicy.onSiteMs) },
    })
    t.match((await promisesOf(early.reportId)).report, { keptAt: null }, 'and not the other way round')

    const text = '已联系车主挪车。'
    await act(early.incidentId, community, 'feedback', { text })
    const answered = iso(clock.now())
    t.match((await promisesOf(late.reportId, otherResident)).feedback, { keptAt: answered })
    t.match((await promisesOf(early.reportId)).feedback, { keptAt: answered })
    const { timeline } = await own(late.reportId, otherResident)
    t.match(JSON.stringify(timeline), new RegExp(text), 'both are answered')

    const mine = (await call(community, 'GET', `/v1/incidents/${early.incidentId}`)).body.reports
    t.match(mine, [{ id: early.reportId }, { id: late.reportId }], 'staff see what all of them reported')
    await act(late.incidentId, community, 'unmerge', { text: '并非同一处' })
    t.match(await own(late.reportId, otherResident), { caseNumber: late.number, state: 'received' })
  })

  await t.test(
    'however often the case was joined with another, its reporter is answered and asked',
    async (t) => {
      const last = { id: 'resident-last', role: 'resident' } as const
      const ids: string[] = []
      for (let no = 0; no < 24; no += 1) {
        ids.push((await report()).body.incidentId)
        clock.advance(1_000)
      }
      const { reportId, incidentId } = (await report({}, { by: last })).body
      let joined = incidentId
      for (const into of ids.toReversed()) {
        t.equal((await act(joined, community, 'merge', { into })).status, 200)
        joined = into
      }
      const text = '车辆已全部挪走。'
      t.equal((await act(joined, community, 'settle', { text })).status, 200)
      const read = await own(reportId, last)
      t.match(read, { state: 'resolved', askedToRateUntil: iso(clock.now() + worldPolicy.ratingTimeMs) })
      t.ok(JSON.stringify(read.timeline).includes(text))
      t.match((await call(last, 'GET', '/v1/reports')).body.items, [{ id: reportId, state: 'resolved' }])
      const rating = { solved: false, satisfaction: 1 }
      const rated = await call(last, 'POST', `/v1/reports/${reportId}/rating`, rating)
      t.match(rated, { status: 200, body: { state: 'reported' } })
    },
  )

  await t.test('of several that were joined, each is late by itself', async (t) => {
    const [a, b, c] = [
      { id: 'resident-a', role: 'resident' },
      { id: 'resident-b', role: 'resident' },
      { id: 'resident-c', role: 'resident' },
    ] as const
    const first = (await report({}, { by: a })).body
    clock.advance(5 * minute)
    const second = (await report({}, { by: b })).body
    clock.advance(5 * minute)
    const third = (await report({}, { by: c })).body
    for (const { incidentId } of [second, third])
      t.equal((await act(incidentId, community, 'merge', { into: first.incidentId })).status, 200)
    clock.advance(worldPolicy.feedbackMs - 4 * minute)
    await world.settle()
    t.match((await promisesOf(first.reportId, a)).feedback, { late: true })
    t.match((await promisesOf(second.reportId, b)).feedback, { late: true })
    t.match((await promisesOf(third.reportId, c)).feedback, {
      late: false,
      nowDueAt: iso(clock.now() + 4 * minute),
    })
  })
})
