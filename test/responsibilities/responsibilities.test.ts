import t from 'tap'
import { responsibilityPageQuery } from '../../src/responsibilities/list-responsibilities.ts'
import { problemOf } from '../http/open-http-server.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi } from '../registry/registry-api.ts'
import { readsOf } from '../support/explain-plan.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const header = 'code,area_code,unit_code,person_subject,valid_from,valid_until'

const send = (api: RegistryApi, ...rows: string[]) =>
  api.send(keepers.district, 'POST', '/v1/responsibilities/import', { csv: [header, ...rows].join('\n') })

async function held(api: RegistryApi, areaCode: string, at: string): Promise<string[]> {
  const url = `/v1/responsibilities?areaCode=${areaCode}&at=${encodeURIComponent(at)}`
  const answer = await api.send(worldActors.gridWorker, 'GET', url)
  t.equal(answer.statusCode, 200, answer.body)
  return answer.json().items.map((item: { code: string }) => item.code)
}

t.test('who answers for an area can be read for any instant', async (t) => {
  const api = await createRegistryApi(t)
  await api.send(keepers.district, 'PUT', '/v1/people/grid-li', {
    json: { name: '李秀英', role: 'grid_worker', areaCode: huangshi.grid, unitCode: null },
  })
  const done = await send(
    api,
    `bl-1,${huangshi.community},${worldUnits.fire},,2026-01-01T00:00:00+08:00,2026-07-01T00:00:00+08:00`,
    `bl-2,${huangshi.community},${worldUnits.volunteers},,2026-07-01T00:00:00+08:00,`,
    `bl-3,${huangshi.grid},,grid-li,2026-03-01T00:00:00+08:00,`,
  )
  t.equal(done.statusCode, 200, done.body)
  t.same(await held(api, huangshi.grid, '2025-12-31T23:59:59.999+08:00'), [])
  t.same(await held(api, huangshi.grid, '2026-01-01T00:00:00+08:00'), ['bl-1'])
  t.same(await held(api, huangshi.grid, '2026-06-30T23:59:59.999+08:00'), ['bl-1', 'bl-3'])
  t.same(await held(api, huangshi.grid, '2026-07-01T00:00:00+08:00'), ['bl-2', 'bl-3'])
  t.same(await held(api, huangshi.community, '2026-07-01T00:00:00+08:00'), ['bl-2'], 'not what lies below')
  t.same(await held(api, huangshi.neighbour, '2026-07-01T00:00:00+08:00'), [])

  const now = new Date(api.clock.now()).toISOString()
  const ended = await api.send(keepers.district, 'POST', '/v1/responsibilities/bl-2/retire')
  t.equal(ended.statusCode, 200, ended.body)
  t.same(await held(api, huangshi.grid, now), ['bl-3'], 'it ends at the instant')
  t.same(await held(api, huangshi.grid, new Date(api.clock.now() - 1).toISOString()), ['bl-2', 'bl-3'])
  t.match((await api.send(worldActors.auditor, 'GET', '/v1/responsibilities/bl-2')).json(), {
    unitName: '胜阳港街道志愿服务队',
    retiredAt: now,
  })
  t.equal((await api.send(worldActors.resident, 'GET', '/v1/responsibilities')).statusCode, 403)
  t.match(await eventsOf(api, 'responsibilities'), [
    { type: 'responsibilities_imported', changed: { added: 3 } },
    { responsibilities: [{ code: 'bl-1' }, { code: 'bl-2' }, { code: 'bl-3', personSubject: 'grid-li' }] },
    { type: 'responsibilities_amended' },
    { responsibilities: [{ code: 'bl-2', change: 'retired' }] },
  ])
})

t.test('a responsibility names one party that there is, and an area of the administrator’s', async (t) => {
  const api = await createRegistryApi(t)
  const from = '2026-01-01T00:00:00+08:00'
  const answer = await send(
    api,
    `bl-1,${huangshi.foreignCommunity},${worldUnits.fire},,${from},`,
    `bl-2,${huangshi.community},${worldUnits.fire},grid-li,${from},`,
    `bl-3,${huangshi.community},,,${from},`,
    `bl-4,${huangshi.community},no-such-unit,,${from},`,
    `bl-5,${huangshi.community},,nobody,${from},`,
    `bl-6,${huangshi.community},${worldUnits.fire},,${from},${from}`,
  )
  t.same(
    problemOf(answer).errors?.map(({ pointer }) => pointer),
    ['/2/area_code', '/3/unit_code', '/4/unit_code', '/5/unit_code', '/6/person_subject', '/7/valid_until'],
  )
  const when = await send(api, `bl-1,${huangshi.community},${worldUnits.fire},,2026-01-01T00:00:00,`)
  t.match(problemOf(when).errors, [{ pointer: '/2/valid_from' }], 'a time without an offset')
  t.equal((await eventsOf(api, 'responsibilities')).length, 0)
})

t.test('the responsibilities of an area are found by its index', async (t) => {
  const api = await createRegistryApi(t)
  await api.owner.pool.query(
    `insert into areas (code, name, kind, parent_code, path, path_kinds, district_code, since_version)
     select code || '-' || no, name, 'grid', code, path || (code || '-' || no), path_kinds || 'grid'::text,
       district_code, since_version from areas, generate_series(100, 2099) no where code = $1`,
    [huangshi.community],
  )
  await api.owner.pool.query(
    `insert into responsibilities (code, area_code, unit_code, valid_from, revision)
     select 'bl-' || code || '-' || n, code, $1, to_timestamp(0), 1 from areas, generate_series(1, 10) n
     where kind = 'grid'`,
    [worldUnits.fire],
  )
  await api.owner.pool.query('vacuum analyze responsibilities')
  const query = responsibilityPageQuery(api.db, {
    areaCode: huangshi.grid,
    unitCode: undefined,
    personSubject: undefined,
    at: api.clock.now(),
    after: undefined,
    limit: 50,
  })
  const reads = await readsOf(api.db, query, 'responsibilities')
  t.equal(reads.scans, 0)
  t.ok(reads.rows <= 10, `${reads.rows} rows`)
})
