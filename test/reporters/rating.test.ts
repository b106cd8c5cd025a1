import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { type ApiWorld, createApiWorld } from '../incidents/api-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { resident, otherResident, community, street } = worldActors
const solved = { solved: true, satisfaction: 5 }
const unsolved = { solved: false, satisfaction: 1, text: '车又堵上了，没有解决。' }

/** A case that the community has settled. */
async function settledCase({ report, act }: ApiWorld, by: Actor = resident) {
  const { reportId, incidentId } = (await report({}, { by })).body
  await act(incidentId, community, 'settle')
  return { reportId, incidentId }
}

t.test('the reporter says whether it worked', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report, clock, db } = world
  const rate = (reportId: string, body: object, by: Actor = resident, key?: string) =>
    call(by, 'POST', `/v1/reports/${reportId}/rating`, body, key === undefined ? {} : { key })
  const own = async (reportId: string, by: Actor = resident) =>
    (await call(by, 'GET', `/v1/reports/${reportId}`)).body
  const seen = async (incidentId: string) => (await call(street, 'GET', `/v1/incidents/${incidentId}`)).body

  await t.test('who says yes closes the case, and is answered by its state alone', async (t) => {
    const { reportId, incidentId } = await settledCase(world)
    t.match(await own(reportId), {
      state: 'resolved',
      rating: null,
      askedToRateUntil: new Date(clock.now() + worldPolicy.ratingTimeMs).toISOString(),
    })
    const { status, body, headers, text } = await rate(reportId, { ...solved, text: '谢谢！' })
    t.equal(status, 200)
    t.equal(headers.etag, undefined)
    t.same(Object.keys(JSON.parse(text)).sort(), ['event', 'reportId', 'state'])
    t.notOk(text.includes(huangshi.community), 'who answers for what is nothing of a reporter’s')
    t.equal(body.state, 'closed')
    t.equal((await seen(incidentId)).state, 'closed')
    t.match(await own(reportId), {
      state: 'closed',
      rating: { solved: true, satisfaction: 5, text: '谢谢！' },
      askedToRateUntil: null,
    })
    t.match(await rate(reportId, solved), { status: 409, body: { code: 'already_rated' } })
  })

  await t.test('who says no gets it taken up again, by the area that had ended it', async (t) => {
    const { reportId, incidentId } = (await report()).body
    await act(incidentId, community, 'report-up')
    await act(incidentId, street, 'settle')
    clock.advance(60_000)
    t.equal((await rate(reportId, unsolved)).body.state, 'reported')
    const { deadlines } = await seen(incidentId)
    t.same(
      deadlines
        .filter(({ state }) => state === 'running')
        .map(({ promise, accountable, generation, startedAt }) => ({
          promise,
          code: accountable.code,
          generation,
          startedAt,
        })),
      ['feedback', 'on_site'].map((promise) => ({
        promise,
        code: huangshi.street,
        generation: 2,
        startedAt: new Date(clock.now()).toISOString(),
      })),
    )
    const asked = await own(reportId)
    t.match(asked, { state: 'reported', askedToRateUntil: null, rating: { solved: false } })
    t.match(await rate(reportId, solved), { status: 409, body: { code: 'illegal_transition' } })

    await act(incidentId, street, 'settle')
    t.equal((await rate(reportId, solved)).body.state, 'closed', 'what was done since is rated anew')
  })

  await t.test('it is taken up again as often as the policy allows, and then no more', async (t) => {
    const { reportId, incidentId } = await settledCase(world)
    for (let times = 0; times < worldPolicy.reopeningsMax; times += 1) {
      t.equal((await rate(reportId, unsolved)).body.state, 'reported')
      await act(incidentId, community, 'settle')
    }
    const last = await rate(reportId, unsolved)
    t.equal(last.status, 200, 'the answer is kept all the same')
    t.equal(last.body.state, 'resolved')
  })

  await t.test('in time is up to the last millisecond, and then the alarm closes the case', async (t) => {
    const [first, second, third] = [
      await settledCase(world),
      await settledCase(world),
      await settledCase(world),
    ]
    clock.advance(worldPolicy.ratingTimeMs)
    t.equal((await rate(first.reportId, solved)).status, 200, 'exactly at the end')
    clock.advance(1)
    t.match(await rate(second.reportId, solved), { status: 409, body: { code: 'rating_over' } })
    await world.settle()
    t.equal((await seen(third.incidentId)).state, 'closed')
    t.match(await own(third.reportId), { state: 'closed', askedToRateUntil: null, rating: null })
    const { items } = (await call(street, 'GET', `/v1/incidents/${third.incidentId}/timeline`)).body
    t.equal(items.at(-1)?.type, 'closed_unanswered')
    t.match(await rate(third.reportId, solved), { status: 409 }, 'nobody is asked any more')
  })

  await t.test('the same rating again is the same rating', async (t) => {
    const { reportId } = await settledCase(world)
    const first = await rate(reportId, solved, resident, 'the-same-key')
    const again = await rate(reportId, solved, resident, 'the-same-key')
    t.equal(again.text, first.text)
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal((await rate(reportId, unsolved, resident, 'the-same-key')).body.code, 'idempotency_key_reused')
  })

  await t.test('staff do not rate for whom they filed, be it anonymously; a neighbour may', async (t) => {
    const onBehalfOf = { name: '周德顺', phone: '15500002222' }
    const asksFor = { contact: undefined, onBehalfOf }
    for (const by of [worldActors.gridWorker, community, worldActors.responder])
      for (const anonymous of [false, true]) {
        const { reportId, incidentId, followSecret } = (await report({ ...asksFor, anonymous }, { by })).body
        await act(incidentId, community, 'settle')
        const refused = await rate(reportId, solved, by)
        t.match(refused, { status: 403, body: { code: 'not_asked', title: /secret link/ } }, by.id)
        t.equal((await own(reportId, by)).askedToRateUntil, null)
        const { items } = (await call(by, 'GET', '/v1/reports')).body
        t.match(items[0], { id: reportId, askedToRateUntil: null })
        const byLink = await call(null, 'POST', `/v1/public/reports/${reportId}/rating`, unsolved, {
          headers: { 'follow-secret': String(followSecret) },
        })
        t.match(byLink, { status: 200, body: { state: 'reported' } }, 'so it is still to be rated')
      }
    const chinese = { headers: { 'accept-language': 'zh-CN' } }
    const { reportId, incidentId } = (await report(asksFor, { by: worldActors.gridWorker })).body
    await act(incidentId, community, 'settle')
    const url = `/v1/reports/${reportId}/rating`
    t.match(await call(worldActors.gridWorker, 'POST', url, solved, chinese), { text: /不能代评/ })
    const ofNeighbour = (await report(asksFor)).body
    await act(ofNeighbour.incidentId, community, 'settle')
    t.not((await own(ofNeighbour.reportId)).askedToRateUntil, null)
    t.match(await rate(ofNeighbour.reportId, solved), { status: 200, body: { state: 'closed' } })
    const ofWorker = await settledCase(world, worldActors.gridWorker)
    t.equal((await rate(ofWorker.reportId, solved, worldActors.gridWorker)).status, 200, 'their own they do')
  })

  await t.test('another’s report does not exist, and staff rate nothing', async (t) => {
    const { reportId, incidentId } = await settledCase(world)
    t.equal((await rate(reportId, solved, otherResident)).status, 404)
    t.equal((await rate(reportId, solved, community)).status, 404)
    t.equal((await rate(incidentId, solved)).status, 404)
    t.equal((await rate(reportId, solved, worldActors.auditor)).status, 403)
    for (const body of [
      {},
      { solved: true },
      { ...solved, satisfaction: 0 },
      { ...solved, satisfaction: 6 },
      { ...solved, satisfaction: 2.5 },
      { ...solved, text: ' ' },
      { ...solved, more: 1 },
    ])
      t.equal((await rate(reportId, body)).status, 400, JSON.stringify(body))
  })

  await t.test('who reported what was merged rates the case that it became a part of', async (t) => {
    const one = (await report()).body
    clock.advance(1_000)
    const two = (await report({}, { by: otherResident })).body
    t.equal((await act(two.incidentId, community, 'merge', { into: one.incidentId })).status, 200)
    await act(one.incidentId, community, 'settle')
    t.match(await own(two.reportId, otherResident), { state: 'resolved', caseNumber: one.number })
    t.equal(
      (await rate(two.reportId, solved, otherResident)).body.state,
      'resolved',
      'the other is still asked',
    )
    t.equal((await rate(one.reportId, solved)).body.state, 'closed', 'once all have said yes')
    t.match(await own(two.reportId, otherResident), { rating: { solved: true }, askedToRateUntil: null })
  })

  await t.test(
    'any of several reporters who says no gets it taken up again, and all are asked anew',
    async (t) => {
      const one = (await report()).body
      clock.advance(1_000)
      const two = (await report({ anonymous: true }, { by: otherResident })).body
      t.equal((await act(two.incidentId, community, 'merge', { into: one.incidentId })).status, 200)
      await act(one.incidentId, community, 'settle')
      t.equal((await rate(one.reportId, solved)).body.state, 'resolved')
      const no = await rate(two.reportId, unsolved, otherResident)
      t.match(no, { status: 200, body: { state: 'reported' } })
      t.match((await seen(one.incidentId)).deadlines.filter(({ generation }) => generation === 2).length, 2)
      const first = await own(one.reportId)
      t.match(first, { state: 'reported', rating: { solved: true }, askedToRateUntil: null })
      t.match(await own(two.reportId, otherResident), { state: 'reported', rating: unsolved })
      t.notOk(JSON.stringify(first).includes(unsolved.text), 'what another said is theirs')
      for (const [reportId, by] of [
        [one.reportId, resident],
        [two.reportId, otherResident],
      ] as const)
        t.match(await rate(reportId, solved, by), { status: 409, body: { code: 'illegal_transition' } })
      await act(one.incidentId, community, 'settle')
      t.equal(
        (await rate(two.reportId, solved, otherResident)).body.state,
        'resolved',
        'the other is asked, too',
      )
      t.equal((await rate(one.reportId, solved)).body.state, 'closed')
    },
  )

  await t.test('who rated one case may rate the one that it is joined with', async (t) => {
    const one = (await report()).body
    clock.advance(1_000)
    const two = (await report({}, { by: otherResident })).body
    await act(two.incidentId, community, 'settle')
    t.equal((await rate(two.reportId, unsolved, otherResident)).body.state, 'reported')
    t.equal((await act(two.incidentId, community, 'merge', { into: one.incidentId })).status, 200)
    await act(one.incidentId, community, 'settle')
    t.match(await own(two.reportId, otherResident), { state: 'resolved', rating: { solved: false } })
    t.not((await own(two.reportId, otherResident)).askedToRateUntil, null)
    t.equal((await rate(two.reportId, solved, otherResident)).status, 200)
  })

  await t.test('their words are read by staff, and the audit trail only commits to them', async (t) => {
    const { reportId, incidentId } = await settledCase(world)
    const text = '植入的评价 plantedWords'
    await rate(reportId, { ...solved, text })
    const { items } = (await call(community, 'GET', `/v1/incidents/${incidentId}/timeline`)).body
    t.match(items.at(-1), { type: 'rated', note: { text, visibleToReporter: false } })
    const events = await db.selectFrom('events').select('body').execute()
    t.notOk(events.some(({ body }) => body.includes('plantedWords')))
    const answers = await db.selectFrom('idempotency_keys').select('body').execute()
    t.notOk(answers.some(({ body }) => body.includes('plantedWords')))
    t.notOk(world.lines.join('\n').includes('plantedWords'))
  })
})
