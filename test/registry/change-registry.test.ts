import t from 'tap'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { problemOf } from '../http/open-http-server.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, eventsOf, keepers } from './registry-api.ts'

const property = {
  name: '胜阳港物业服务中心',
  kind: 'property_company',
  areaCode: huangshi.street,
  categoryCodes: ['fire'],
}

t.test('one row is added, changed, retired and brought back, and its history tells all of it', async (t) => {
  const api = await createRegistryApi(t)
  const put = (json: object, headers = {}) =>
    api.send(keepers.district, 'PUT', '/v1/units/syg-wuye', { json, headers })
  const added = await put(property)
  t.equal(added.statusCode, 201, added.body)
  t.equal(added.headers.etag, '"1"')
  t.match(added.json(), {
    registry: 'units',
    rows: 1,
    changed: { added: 1, updated: 0 },
    treeVersion: null,
    plannedChange: null,
    event: { stream: 'units', seq: 1, hash: /^[0-9a-f]{64}$/ },
  })
  const got = await api.send(worldActors.resident, 'GET', '/v1/units/syg-wuye')
  t.match(got.json(), { ...property, code: 'syg-wuye', retiredAt: null, revision: 1 })
  t.equal(got.headers.etag, '"1"')

  const again = await put(property)
  t.equal(again.statusCode, 200)
  t.match(again.json(), { changed: { added: 0, updated: 0 }, event: null }, 'nothing new leaves no trace')

  api.clock.advance(60_000)
  t.equal((await put({ ...property, categoryCodes: null }, { 'if-match': '"7"' })).statusCode, 412)
  const changed = await put({ ...property, categoryCodes: null }, { 'if-match': '"1"' })
  t.equal(changed.headers.etag, '"2"')

  api.clock.advance(60_000)
  const retire = (key: string) => api.send(keepers.district, 'POST', '/v1/units/syg-wuye/retire', { key })
  const retired = await retire('once')
  t.match(retired.json().changed, { retired: 1 })
  const replayed = await retire('once')
  t.equal(replayed.headers['idempotency-replayed'], 'true')
  t.equal(replayed.body, retired.body)
  t.match((await api.send(keepers.city, 'GET', '/v1/units?retired=yes')).json().items, [{ code: 'syg-wuye' }])
  t.equal((await api.send(keepers.district, 'POST', '/v1/units/syg-wuye/restore')).statusCode, 200)

  const history = await api.send(worldActors.resident, 'GET', '/v1/units/syg-wuye/history')
  t.match(history.json().items, [
    { revision: 4, until: null, facts: { retired: false } },
    { revision: 3, facts: { retired: true } },
    { revision: 2, facts: { categoryCodes: null, name: property.name } },
    { revision: 1, facts: { categoryCodes: ['fire'], retired: false } },
  ])
  const [, third, second] = history.json().items
  t.equal(second.until, third.since, 'a version lasts until the next one')
  t.equal((await eventsOf(api, 'units')).length, 8)
  const verified = await verifyAuditTrail({ db: api.db })
  t.match(verified, { outcome: 'sound', faults: [] })
})

t.test('administrators change what lies within their own area, and the rest is not there', async (t) => {
  const api = await createRegistryApi(t)
  const foreign = await api.send(keepers.foreign, 'PUT', `/v1/units/${worldUnits.fire}`, { json: property })
  t.equal(foreign.statusCode, 404)
  t.equal((await api.send(keepers.foreign, 'POST', `/v1/units/${worldUnits.fire}/retire`)).statusCode, 404)
  const outside = await api.send(keepers.foreign, 'PUT', '/v1/units/xsz-wuye', {
    json: { ...property, categoryCodes: null },
  })
  t.match(problemOf(outside), {
    status: 422,
    code: 'change_refused',
    errors: [{ pointer: '/areaCode', detail: 'There is no such area' }],
  })
  const stolen = await api.send(keepers.foreign, 'POST', '/v1/units/import', {
    csv: `code,name,kind,area_code\n${worldUnits.fire},西塞山消防,emergency_team,${huangshi.foreignDistrict}\n`,
  })
  t.match(problemOf(stolen), { status: 422, errors: [{ pointer: '/2/code' }] })
  for (const actor of [
    worldActors.district,
    worldActors.auditor,
    worldActors.resident,
    worldActors.responder,
  ]) {
    t.equal((await api.send(actor, 'PUT', '/v1/units/syg-wuye', { json: property })).statusCode, 403)
  }
  t.equal((await eventsOf(api, 'units')).length, 0)
  const category = {
    parentCode: null,
    nameZh: '噪声',
    nameEn: 'Noise',
    severity: 'low',
    unitKind: 'department',
    admittedFrom: 'street',
  }
  const put = (by: (typeof keepers)[keyof typeof keepers]) =>
    api.send(by, 'PUT', '/v1/categories/noise', { json: category })
  t.match(problemOf(await put(keepers.district)), { status: 403, code: 'not_your_area' })
  t.equal((await put(keepers.city)).statusCode, 201)
  t.match((await api.send(worldActors.resident, 'GET', '/v1/categories/noise')).json(), {
    ...category,
    path: ['noise'],
  })
})

t.test('a file is stored whole or not at all, and each line that is wrong is named', async (t) => {
  const api = await createRegistryApi(t)
  const send = (csv: string | Buffer, key?: string) =>
    api.send(keepers.district, 'POST', '/v1/units/import', { csv, ...(key === undefined ? {} : { key }) })
  const header = 'code,name,kind,area_code,category_codes'
  const good = `u-1,花湖物业,property_company,${huangshi.street},fire;fire_lane_blocked`
  const wrong = await send(
    `${header}\n${good}\nu-2,甲,army,${huangshi.street},\nu-3,乙,department,420299000000,\nu-1,丙,department,${huangshi.street},`,
  )
  t.match(problemOf(wrong), { status: 422, errors: [{ pointer: '/3/kind' }] })
  const references = await send(
    `${header}\n${good}\nu-3,乙,department,420299000000,\nu-4,丁,department,${huangshi.street},ufo`,
  )
  t.same(
    problemOf(references).errors?.map(({ pointer }) => pointer),
    ['/3/area_code', '/4/category_codes'],
  )
  const hostile: [string, string | Buffer, number][] = [
    ['GBK', Buffer.from([0xb2, 0xe2, 0xca, 0xd4, 0x0a]), 422],
    ['a NUL', `${header}\nu-1,甲\u0000乙,department,${huangshi.street},\n`, 422],
    ['an open quote', `${header}\nu-1,"甲,department,${huangshi.street},\n`, 422],
    ['an unknown column', `${header},admin\n${good},yes\n`, 422],
    ['no row', `${header}\n`, 422],
    ['nothing', '', 422],
    ['a code that is a path', `${header}\n../u,甲,department,${huangshi.street},\n`, 422],
    ['a formula for a code', `${header}\n=1+1,甲,department,${huangshi.street},\n`, 422],
    ['SQL', `${header}\nu'; drop table units;--,甲,department,${huangshi.street},\n`, 422],
    ['__proto__ as a column', `__proto__,${header}\nx,${good}\n`, 422],
    ['a line of 5 KB', `${header}\nu-1,${'长'.repeat(2_000)},department,${huangshi.street},\n`, 422],
  ]
  for (const [what, csv, status] of hostile) t.equal((await send(csv)).statusCode, status, what)
  const many = Array.from({ length: 20_001 }, (_, no) => `m-${no},甲,department,${huangshi.street},`)
  t.match(problemOf(await send([header, ...many].join('\n'))).errors, [{ detail: 'More than 20000 rows' }])
  t.match(problemOf(await send(Buffer.alloc(5 * 1024 * 1024, 'x'))).errors, [
    { detail: 'The file is larger than 4 MiB' },
  ])
  t.equal((await eventsOf(api, 'units')).length, 0, 'nothing of all that was stored')

  const done = await send(`${header}\r\n${good}\r\n`, 'import-1')
  t.equal(done.statusCode, 200, done.body)
  t.match(done.json(), { rows: 1, changed: { added: 1 } })
  t.equal((await send(`${header}\r\n${good}\r\n`, 'import-1')).headers['idempotency-replayed'], 'true')
  t.equal(problemOf(await send(`${header}\n${good}\n`, 'import-1')).code, 'idempotency_key_reused')
  t.match(await eventsOf(api, 'units'), [
    { type: 'units_imported', sha256: /^[0-9a-f]{64}$/, actor: keepers.district },
    { type: 'units_changed', units: [{ code: 'u-1', categoryCodes: ['fire', 'fire_lane_blocked'] }] },
  ])
  const json = await api.send(keepers.district, 'POST', '/v1/units/import', { json: {} })
  t.equal(json.statusCode, 415)
  const csvElsewhere = await api.send(keepers.district, 'POST', '/v1/policies', { csv: 'a,b' })
  t.equal(csvElsewhere.statusCode, 415, 'no other route takes a file')
  const charset = await api.send(keepers.district, 'POST', '/v1/units/import', {
    csv: header,
    headers: { 'content-type': 'text/csv; charset=gbk' },
  })
  t.equal(charset.statusCode, 415)
  const nothing = await api.send(keepers.district, 'POST', '/v1/units/import')
  t.match(problemOf(nothing), { status: 400, code: 'invalid_request' }, 'no body at all')
})
