import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { Actor } from '../../src/domain/actor.ts'
import { policyRoutes } from '../../src/policies/policy-routes.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { routeDependencies } from '../registry/registry-api.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { seedWorld, worldCategory, worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const minuteMs = 60_000
const everyRung = (ms: number) => ({ community: ms, street: ms, district: ms })

const body = {
  code: 'fire-lanes',
  areaCode: huangshi.district,
  categoryCode: worldCategory,
  severity: null,
  enabled: true,
  ladder: ['community', 'street', 'district'],
  limitsMs: {
    report: everyRung(5 * minuteMs),
    feedback: everyRung(30 * minuteMs),
    on_site: everyRung(120 * minuteMs),
  },
  unitLimitMs: 120 * minuteMs,
  unitMinimumMs: 10 * minuteMs,
  arrivalRadiusM: 300,
}

const districtAdministrator: Actor = {
  id: 'administrator-2',
  role: 'administrator',
  areaCode: huangshi.district,
}

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const database = await createTestDatabase(t)
  const clock = createMovableClock()
  await seedWorld(database.db, clock)
  let actor: Actor = worldActors.administrator
  const server = await openHttpServer(t, {
    routes: [policyRoutes(routeDependencies({ db: database.db, readClock: clock.read }))],
    authenticate: async () => actor,
  })
  const get = (url: string) => server.inject({ method: 'GET', url })
  const post = (payload: object, by: Actor = worldActors.administrator, key: string = uuidv7()) => {
    actor = by
    return server.inject({
      method: 'POST',
      url: '/v1/policies',
      headers: { 'idempotency-key': key },
      payload,
    })
  }
  return { ...database, clock, server, get, post }
}

t.test('a new version counts from the one before, and its event stands in the chain', async (t) => {
  const { post, get, db, clock } = await prepared(t)
  const first = await post(body)
  t.equal(first.statusCode, 201, first.body)
  t.match(first.json(), { ...body, version: 1, createdAt: '2026-11-20T01:00:00.000Z' })
  t.equal(first.headers.location, `/v1/policies/${first.json().id}`)
  clock.advance(1_000)
  const second = await post({ ...body, limitsMs: { ...body.limitsMs, report: everyRung(minuteMs) } })
  t.match(second.json(), { version: 2, limitsMs: { report: { community: minuteMs } } })

  t.strictSame(
    (await get(String(first.headers.location))).json(),
    first.json(),
    'the first version is as it was',
  )
  t.equal((await get(`/v1/policies/${uuidv7()}`)).statusCode, 404)
  const events = await db
    .selectFrom('events')
    .selectAll()
    .where('stream', '=', 'policies')
    .orderBy('seq')
    .execute()
  t.match(
    events.map((event) => JSON.parse(event.body)),
    [
      { type: 'policy_version_created', actor: worldActors.administrator, policy: { ...body, version: 1 } },
      { type: 'policy_version_created', at: clock.now(), policy: { version: 2, id: second.json().id } },
    ],
  )
})

t.test(
  'the list shows the newest version of each policy, and every version of one that is named',
  async (t) => {
    const { post, get } = await prepared(t)
    for (const code of ['a-first', 'fire-lanes', 'fire-lanes', 'fire-lanes', 'z-last'])
      await post({ ...body, code })
    const shown = async (url: string) => {
      const seen: string[] = []
      for (let next: string | undefined = url; next !== undefined; ) {
        const page = await get(next)
        t.equal(page.statusCode, 200, page.body)
        seen.push(
          ...page
            .json()
            .items.map((item: { code: string; version: number }) => `${item.code} ${item.version}`),
        )
        next = /<(.*)>/.exec(String(page.headers.link ?? ''))?.[1]
      }
      return seen
    }
    t.strictSame(await shown('/v1/policies?limit=2'), [
      'a-first 1',
      `${worldPolicy.code} 1`,
      'fire-lanes 3',
      'z-last 1',
    ])
    t.strictSame(await shown('/v1/policies?code=fire-lanes&limit=1'), [
      'fire-lanes 3',
      'fire-lanes 2',
      'fire-lanes 1',
    ])
  },
)

t.test('a retry gets the stored answer and makes no second version', async (t) => {
  const { post, db } = await prepared(t)
  const key = uuidv7()
  const [first, second] = await Promise.all([
    post(body, worldActors.administrator, key),
    post(body, worldActors.administrator, key),
  ])
  t.equal(first.statusCode, 201)
  t.equal(first.body, second.body)
  t.equal([first, second].filter((answer) => answer.headers['idempotency-replayed'] === 'true').length, 1)
  t.equal(
    (await post({ ...body, enabled: false }, worldActors.administrator, key)).json().code,
    'idempotency_key_reused',
  )
  const rows = await db.selectFrom('policies').select('version').where('code', '=', body.code).execute()
  t.equal(rows.length, 1)
})

t.test('versions that are made at once are counted without a gap', async (t) => {
  const { post } = await prepared(t)
  const answers = await Promise.all(Array.from({ length: 5 }, () => post(body)))
  t.strictSame(answers.map((answer) => answer.json().version).sort(), [1, 2, 3, 4, 5])
})

t.test('a policy that could not be applied is refused, with a pointer to what is wrong', async (t) => {
  const { post, db } = await prepared(t)
  const refused = async (change: object, status: number, pointers: string[]) => {
    const answer = await post({ ...body, ...change })
    t.equal(answer.statusCode, status, answer.body)
    t.strictSame(
      (answer.json().errors ?? []).map((error: { pointer: string }) => error.pointer),
      pointers,
      answer.body,
    )
  }
  const { limitsMs } = body
  await refused({ limitsMs: { ...limitsMs, report: { community: minuteMs, district: minuteMs } } }, 400, [
    '/limitsMs/report/street',
  ])
  await refused({ ladder: ['community', 'street'] }, 400, [
    '/limitsMs/report/district',
    '/limitsMs/feedback/district',
    '/limitsMs/on_site/district',
  ])
  await refused({ ladder: ['street', 'community', 'district'] }, 400, ['/ladder'])
  await refused({ ladder: ['community', 'community', 'street', 'district'] }, 400, ['/ladder'])
  await refused({ ladder: [], limitsMs: { report: {}, feedback: {}, on_site: {} } }, 400, ['/ladder'])
  await refused({ limitsMs: { ...limitsMs, feedback: { ...limitsMs.feedback, street: 999 } } }, 400, [
    '/limitsMs/feedback/street',
  ])
  await refused(
    { limitsMs: { ...limitsMs, feedback: { ...limitsMs.feedback, street: 366 * 24 * 3600 * 1000 } } },
    400,
    ['/limitsMs/feedback/street'],
  )
  await refused({ limitsMs: { ...limitsMs, feedback: { ...limitsMs.feedback, street: 1000.5 } } }, 400, [
    '/limitsMs/feedback/street',
  ])
  await refused({ limitsMs: { ...limitsMs, feedback: { ...limitsMs.feedback, village: 1000 } } }, 400, [
    '/limitsMs/feedback/village',
  ])
  await refused({ limitsMs: { ...limitsMs, rescue: everyRung(1000) } }, 400, ['/limitsMs/rescue'])
  await refused({ unitMinimumMs: body.unitLimitMs + 1 }, 400, ['/unitMinimumMs'])
  await refused({ arrivalRadiusM: 0 }, 400, ['/arrivalRadiusM'])
  await refused({ code: '默认' }, 400, ['/code'])
  await refused({ version: 7 }, 400, ['/version'])
  await refused({ areaCode: '420299000000' }, 422, ['/areaCode'])
  await refused({ categoryCode: 'ghosts' }, 422, ['/categoryCode'])
  t.equal((await db.selectFrom('policies').select('id').execute()).length, 1, 'nothing is stored')
})

t.test('what is wrong is told in Chinese', async (t) => {
  const { server } = await prepared(t)
  const answer = await server.inject({
    method: 'POST',
    url: '/v1/policies',
    headers: { 'idempotency-key': 'k', 'accept-language': 'zh-CN' },
    payload: { ...body, limitsMs: { ...body.limitsMs, report: { community: minuteMs, district: minuteMs } } },
  })
  t.match(answer.json().errors, [{ pointer: '/limitsMs/report/street', detail: '此层级缺少时限' }])
})

t.test('an administrator rules over their own subtree only', async (t) => {
  const { post } = await prepared(t)
  t.equal((await post(body, districtAdministrator)).statusCode, 201)
  t.equal((await post({ ...body, areaCode: huangshi.community }, districtAdministrator)).statusCode, 201)
  const refused = async (change: object, pointer: string) => {
    const answer = await post({ ...body, ...change }, districtAdministrator)
    t.match(answer.json(), { status: 403, code: 'not_your_area', errors: [{ pointer }] })
  }
  await refused({ areaCode: huangshi.foreignCommunity }, '/areaCode')
  await refused({ areaCode: huangshi.city }, '/areaCode')
  await refused({ areaCode: null }, '/areaCode')
  await refused({ code: worldPolicy.code }, '/code')
})

t.test('the policy for everywhere belongs to the one root', async (t) => {
  const { post, db } = await prepared(t)
  t.equal((await post({ ...body, areaCode: null })).statusCode, 201)
  await db
    .insertInto('areas')
    .values({
      code: '420700000000',
      name: '鄂州市',
      kind: 'city',
      parent_code: null,
      path: ['420700000000'],
      path_kinds: ['city'],
      district_code: null,
      since_version: 1,
      retired_at: null,
      successor_code: null,
    })
    .execute()
  t.equal((await post({ ...body, areaCode: null })).statusCode, 403, 'with two roots it is nobody’s')
})

t.test('only administrators make versions, and nobody changes one', async (t) => {
  const { post, server, get } = await prepared(t)
  for (const actor of [
    worldActors.resident,
    worldActors.gridWorker,
    worldActors.district,
    worldActors.responder,
    worldActors.auditor,
  ]) {
    t.equal((await post(body, actor)).statusCode, 403, actor.role)
    t.equal((await get('/v1/policies')).statusCode, 200, actor.role)
  }
  for (const method of ['PUT', 'PATCH', 'DELETE'] as const) {
    t.equal(
      (await server.inject({ method, url: `/v1/policies/${worldPolicy.id}`, payload: body })).statusCode,
      405,
    )
  }
})

t.test('a version is immutable for the application by privilege, and for the owner by trigger', async (t) => {
  const { db } = await prepared(t)
  await t.rejects(db.updateTable('policies').set({ enabled: false }).execute(), { code: '42501' })
  await t.rejects(db.deleteFrom('policies').execute(), { code: '42501' })

  const owned = await createTestDatabase(t, { role: 'login' })
  await seedWorld(owned.db, createMovableClock())
  const refusal = { message: /is refused: its rows are evidence/ }
  await t.rejects(owned.db.updateTable('policies').set({ enabled: false }).execute(), refusal)
  await t.rejects(owned.db.deleteFrom('policies').execute(), refusal)
  await t.rejects(owned.pool.query('truncate policies cascade'), refusal)
})
