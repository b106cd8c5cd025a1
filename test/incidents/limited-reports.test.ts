import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { windowMs } from '../../src/rate-limits/count-requests.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { type Answer, anyReport, openApi } from './api-world.ts'

t.test('so many reports are taken in a while, and no more', async (t) => {
  const { db, clock, pool, owner } = await createWorld(t)
  const lines: string[] = []
  const open = (quotas: { perPerson: number; perAddress: number }, trustedProxies: readonly string[] = []) =>
    openApi(t, { db, readClock: clock.read, lines, quotas, trustedProxies })
  const count = async () => (await pool.query('select count(*)::int as n from reports')).rows[0].n
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  const send = (api: Awaited<ReturnType<typeof open>>, options: { headers?: Record<string, string> } = {}) =>
    api.call(null, 'POST', '/v1/public/reports', anyReport, options)

  await t.test('without a login by address, over two processes, without Redis', async (t) => {
    const apis = [
      await open({ perPerson: 200, perAddress: 3 }, ['127.0.0.1']),
      await open({ perPerson: 200, perAddress: 3 }, ['127.0.0.1']),
    ] as const
    const before = await count()
    const statuses: number[] = []
    for (const api of [...apis, ...apis, ...apis])
      statuses.push((await send(api, from('203.0.113.7'))).status)
    t.same(statuses, [201, 201, 201, 429, 429, 429])
    t.equal((await count()) - before, 3)
    const refused = await send(apis[0], from('203.0.113.7'))
    t.equal(refused.body.code, 'rate_limited')
    t.match(refused.headers, {
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': /^\d+$/,
      ratelimit: /^"public-reports";r=0;t=\d+$/,
      'ratelimit-policy': '"public-reports";q=3;w=600',
    })
    const other = await send(apis[1], from('203.0.113.8'))
    t.equal(other.status, 201, 'another address')
    t.match(other.headers, { ratelimit: /^"public-reports";r=2;t=\d+$/ })
    t.equal(
      (await send(apis[1], from('9.9.9.9, 203.0.113.7'))).status,
      429,
      'what the client claims does not count',
    )
    t.equal((await apis[0].report()).status, 201, 'who is logged in is not concerned')
    t.equal((await send(await open({ perPerson: 200, perAddress: 3 }), from('203.0.113.99'))).status, 201)
  })

  await t.test('nobody is believed about addresses who is not trusted to', async (t) => {
    const api = await open({ perPerson: 200, perAddress: 3 })
    const statuses: number[] = []
    for (const address of ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'])
      statuses.push((await send(api, from(address))).status)
    t.ok(statuses.includes(429), `${statuses}`)
  })

  await t.test('of an IPv6 network all addresses are one', async (t) => {
    const api = await open({ perPerson: 200, perAddress: 2 }, ['127.0.0.0/8'])
    t.equal((await send(api, from('2001:db8::1'))).status, 201)
    t.equal((await send(api, from('2001:db8::2'))).status, 201)
    t.equal((await send(api, from('2001:db8::3'))).status, 429)
    t.equal((await send(api, from('2001:db8:0:1::1'))).status, 201)
  })

  await t.test('whoever has many IPv6 networks at one site has sixteen quotas and no more', async (t) => {
    const api = await open({ perPerson: 200, perAddress: 2 }, ['127.0.0.0/8'])
    const statuses: number[] = []
    for (let network = 0; network < 40; network += 1)
      statuses.push((await send(api, from(`2001:db8:77:${network.toString(16)}::1`))).status)
    t.same(statuses, [...Array(32).fill(201), ...Array(8).fill(429)])
    const refused = await send(api, from('2001:db8:77:ff00::1'))
    t.match(refused.headers, {
      'retry-after': /^\d+$/,
      'ratelimit-policy': '"public-reports-of-site";q=32;w=600',
    })
    t.equal((await send(api, from('2001:db8:78::1'))).status, 201, 'another site')
    for (let times = 0; times < 40; times += 1) await send(api, from('2001:db8:79::1'))
    t.equal(
      (await send(api, from('2001:db8:79:1::1'))).status,
      201,
      'one network that floods does not use up the site',
    )
  })

  await t.test('guessing secrets is counted as looking is', async (t) => {
    const api = await open({ perPerson: 200, perAddress: 1 }, ['127.0.0.1'])
    const { reportId } = (await send(api, from('203.0.113.50'))).body
    const guess = (what = '') =>
      api.call(null, 'GET', `/v1/public/reports/${reportId}${what}`, undefined, {
        headers: { 'follow-secret': 'guessed', 'x-forwarded-for': '203.0.113.50' },
      })
    const statuses: number[] = []
    for (let times = 0; times < 22; times += 1) statuses.push((await guess()).status)
    t.same(statuses.slice(0, 20), Array(20).fill(404))
    t.same(statuses.slice(20), [429, 429])
    t.equal((await guess('/duplicates')).status, 429, 'whatever it is tried on')
  })

  await t.test('by person who is logged in, generously', async (t) => {
    const quotas = { perPerson: 20, perAddress: 3 }
    const apis = [await open(quotas), await open(quotas)] as const
    const by = { id: 'resident-who-floods', role: 'resident' } as const
    const statuses: number[] = []
    for (let times = 0; times < 60; times += 1)
      statuses.push((await (apis[times % 2] ?? apis[0]).report({}, { by })).status)
    const taken = statuses.filter((status) => status === 201).length
    t.ok(taken >= 20 && taken <= 38, `${taken}`)
    t.equal(statuses.at(-1), 429)
    t.equal((await apis[0].report({}, { by: worldActors.otherResident })).status, 201)
  })

  await t.test(
    'who is logged in looks around a third as often as they report, over two processes',
    async (t) => {
      const quotas = { perPerson: 12, perAddress: 3 }
      const apis = [await open(quotas), await open(quotas)] as const
      const looks = { id: 'resident-who-maps', role: 'resident' } as const
      const nearby = (no: number, by: Actor = looks) =>
        (apis[no % 2] ?? apis[0]).call(
          by,
          'GET',
          `/v1/duplicates?categoryCode=fire&latitude=30.22${no}&longitude=115.0772`,
        )
      const answers: Answer[] = []
      for (let no = 0; no < 6; no += 1) answers.push(await nearby(no))
      t.same(
        answers.map(({ status }) => status),
        [200, 200, 200, 200, 429, 429],
      )
      t.match(answers[0]?.headers, { 'ratelimit-policy': '"duplicates";q=4;w=600' })
      t.equal(answers[4]?.body.code, 'rate_limited')
      t.match(answers[4]?.headers, { 'retry-after': /^\d+$/, ratelimit: /^"duplicates";r=0;t=\d+$/ })
      const { body } = await apis[0].report({}, { by: looks })
      t.ok(body.reportId, 'and still reports')
      const own = await apis[0].call(looks, 'GET', `/v1/reports/${body.reportId}/duplicates`)
      t.equal(own.status, 429, 'around an own report it is counted together')
      t.equal((await nearby(0, worldActors.otherResident)).status, 200, 'each by themselves')
      clock.advance(windowMs)
      const later = await open(quotas)
      const again = await later.call(looks, 'GET', `/v1/reports/${body.reportId}/duplicates`)
      t.equal(again.status, 200, 'and after a while again')
    },
  )

  await t.test('a deployment may do without', async (t) => {
    const api = await open({ perPerson: 200, perAddress: 0 }, ['127.0.0.1'])
    t.equal((await send(api, from('203.0.113.77'))).status, 429)
    t.equal((await api.report()).status, 201)
  })

  await t.test('no address stands anywhere', async (t) => {
    const { rows } = await owner.pool.query(
      "select string_agg(key::text || window_no, ' ') as text from rate_counts union all select string_agg(body, ' ') from events",
    )
    for (const address of ['203.0.113', '2001:db8']) {
      t.notOk(JSON.stringify(rows).includes(address))
      t.notOk(
        lines.some((line) => line.includes(address)),
        'nor in a log',
      )
    }
  })
})
