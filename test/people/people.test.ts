import t from 'tap'
import { commitmentTo } from '../../src/audit/chain.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { problemOf } from '../http/open-http-server.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi } from '../registry/registry-api.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const name = '欧阳秀英'
const minute = 60_000
const li: Actor = { id: 'grid-li', role: 'grid_worker', areaCode: huangshi.grid }
const person = {
  name,
  role: 'grid_worker',
  areaCode: huangshi.grid,
  unitCode: null,
  skills: ['急救', '水电'],
}

const put = (api: RegistryApi, subject: string, json: object, by: Actor = keepers.district) =>
  api.send(by, 'PUT', `/v1/people/${subject}`, { json })
const works = async (api: RegistryApi, by: Actor) => {
  const answer = await api.send(by, 'GET', '/v1/areas')
  return answer.statusCode === 200 ? 'works' : problemOf(answer).code
}

t.test(
  'a person is registered, found by those of the area, and their name stands nowhere else',
  async (t) => {
    const api = await createRegistryApi(t)
    t.equal((await put(api, 'grid-li', person)).statusCode, 201)
    const got = await api.send(worldActors.community, 'GET', '/v1/people/grid-li')
    t.match(got.json(), { subject: 'grid-li', ...person, validFrom: null, retiredAt: null, revision: 1 })
    t.equal((await api.send(worldActors.foreigner, 'GET', '/v1/people/grid-li')).statusCode, 404)
    t.same((await api.send(worldActors.foreigner, 'GET', '/v1/people')).json().items, [])
    t.equal((await api.send(worldActors.gridWorker, 'GET', '/v1/people')).statusCode, 403)
    t.equal((await api.send(worldActors.foreigner, 'GET', '/v1/people/grid-li/history')).statusCode, 404)
    t.match(
      (await api.send(worldActors.district, 'GET', '/v1/people?skill=急救&role=grid_worker')).json().items,
      [{ subject: 'grid-li' }],
    )

    const again = await put(api, 'grid-li', { ...person, name: '欧阳秀云' })
    t.match(again.json(), { changed: { updated: 1 } })
    await api.send(keepers.district, 'POST', '/v1/people/grid-li/retire')
    const imported = await api.send(keepers.district, 'POST', '/v1/people/import', {
      csv: `subject,name,role,unit_code,skills\nfire-wang,${name},responder,${worldUnits.fire},灭火;急救\n`,
    })
    t.equal(imported.statusCode, 200, imported.body)

    const events = await eventsOf(api, 'people')
    const [, first] = events
    const { salt } = await api.db
      .selectFrom('people')
      .select('salt')
      .where('subject', '=', 'fire-wang')
      .executeTakeFirstOrThrow()
    t.match(first, {
      type: 'people_changed',
      people: [{ subject: 'grid-li', personCommitment: /^[0-9a-f]{64}$/ }],
    })
    t.match(events.at(-1), {
      people: [
        { subject: 'fire-wang', personCommitment: commitmentTo(salt, { name, skills: ['灭火', '急救'] }) },
      ],
    })
    t.notOk('sha256' in (events.at(-2) ?? {}), 'not even the hash of a file with names')
    const everything = await api.owner.pool.query<{ text: string }>(`
    select body as text from events union all select facts::text from registry_versions
    union all select body from idempotency_keys union all select headers::text from idempotency_keys
    union all select payload from outbox union all select coalesce(rows::text, '') || faults::text from planned_changes`)
    const texts = [...everything.rows.map(({ text }) => text), ...api.lines]
    t.ok(texts.length > 10)
    t.same(
      texts.filter((text) => /欧阳|秀|急救/.test(text)),
      [],
    )
    t.equal((await verifyAuditTrail({ db: api.db })).outcome, 'sound')
  },
)

t.test(
  'a person belongs to a unit or to an area, as their role demands, within the administrator’s own',
  async (t) => {
    const api = await createRegistryApi(t)
    const refused = async (json: object, pointer: string) => {
      const answer = await put(api, 'p-1', { ...person, ...json })
      t.match(problemOf(answer), { status: 422, errors: [{ pointer }] }, JSON.stringify(json))
    }
    await refused({ role: 'responder' }, '/unitCode')
    await refused({ role: 'responder', areaCode: null, unitCode: 'no-such-unit' }, '/unitCode')
    await refused({ unitCode: worldUnits.fire }, '/unitCode')
    await refused({ areaCode: null }, '/areaCode')
    await refused({ areaCode: huangshi.foreignCommunity }, '/areaCode')
    await refused(
      { validFrom: '2026-12-01T00:00:00+08:00', validUntil: '2026-12-01T00:00:00+08:00' },
      '/validUntil',
    )
    t.equal((await put(api, 'p-1', { ...person, role: 'mayor' })).statusCode, 400)
    t.equal((await put(api, 'p-1', { ...person, skills: ['电话：13800000000'] })).statusCode, 400)
    t.equal((await put(api, 'system:seed', person)).statusCode, 400)
    t.equal((await put(api, 'p-1', { ...person, role: 'building_leader' })).statusCode, 201)
    t.equal((await put(api, 'p-1', person, keepers.foreign)).statusCode, 404)
    const stolen = await api.send(keepers.foreign, 'POST', '/v1/people/import', {
      csv: `subject,name,role,area_code\np-1,${name},grid_worker,${huangshi.foreignCommunity}\n`,
    })
    t.match(problemOf(stolen), { errors: [{ pointer: '/2/subject' }] })
    for (const guess of [name, '别的名字']) {
      const csv = `subject,name,role\np-1,${guess},building_leader\n`
      const guessed = await api.send(keepers.foreign, 'POST', '/v1/people/import', { csv })
      t.match(problemOf(guessed), { errors: [{ pointer: '/2/subject' }] }, 'nor is it told whether it is so')
    }
  },
)

t.test('whoever is registered acts as that and nothing else, and only while they are', async (t) => {
  const api = await createRegistryApi(t)
  t.equal(await works(api, li), 'works', 'nobody is registered: the token counts')
  const until = api.clock.now() + 10 * minute
  const validity = {
    validFrom: new Date(api.clock.now() + minute).toISOString(),
    validUntil: new Date(until).toISOString(),
  }
  await put(api, 'grid-li', { ...person, ...validity })
  t.equal(await works(api, worldActors.community), 'works', 'who is not registered goes on by the token')
  t.equal(await works(api, li), 'person_not_active')
  api.clock.advance(minute)
  t.equal(await works(api, li), 'works')
  for (const claims of [
    { role: 'dispatcher', areaCode: huangshi.grid },
    { role: 'grid_worker', areaCode: huangshi.community },
    { role: 'responder', unitCode: worldUnits.fire },
  ] as const) {
    t.equal(await works(api, { id: 'grid-li', ...claims }), 'person_mismatch', JSON.stringify(claims))
  }
  t.equal(await works(api, { id: 'grid-li', role: 'resident' }), 'works', 'at home they are a resident')
  // Since the registry was last looked at some milliseconds have gone by, which count too.
  api.clock.set(until - 5_000)
  t.equal(await works(api, li), 'works')
  api.clock.set(until)
  t.equal(await works(api, li), 'person_not_active')

  await put(api, 'grid-li', { ...person, validFrom: null, validUntil: null })
  t.equal(await works(api, li), 'works')
  await api.send(keepers.district, 'POST', '/v1/people/grid-li/retire')
  t.equal(await works(api, li), 'person_not_active')
  await api.send(keepers.district, 'POST', '/v1/people/grid-li/restore')
  t.equal(await works(api, li), 'works')
})
