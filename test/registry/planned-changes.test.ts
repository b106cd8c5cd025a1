import t from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { duePlannedChanges, nextPlannedChange, plannedRowsMax } from '../../src/registry/planned-changes.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { problemOf } from '../http/open-http-server.ts'
import { readsOf } from '../support/explain-plan.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi } from './registry-api.ts'

const hour = 60 * 60_000
const unit = {
  name: '胜阳港应急抢险队',
  kind: 'emergency_team',
  areaCode: huangshi.street,
  categoryCodes: null,
}

/** Plans a unit for an hour from now. */
async function planUnit(api: RegistryApi, code: string, by: Actor = keepers.district, json: object = unit) {
  const at = new Date(api.clock.now() + hour).toISOString()
  const url = `/v1/units/${code}?effectiveAt=${encodeURIComponent(at)}`
  return api.send(by, 'PUT', url, { json })
}

t.test('a planned change takes effect at its instant, and not a millisecond before', async (t) => {
  const api = await createRegistryApi(t)
  const filed = await planUnit(api, 'syg-rescue')
  t.equal(filed.statusCode, 202, filed.body)
  const { id } = filed.json().plannedChange
  t.equal(filed.headers.location, `/v1/planned-changes/${id}`)
  const found = await api.send(keepers.city, 'GET', `/v1/planned-changes/${id}`)
  t.match(found.json(), {
    state: 'planned',
    registry: 'units',
    keys: ['syg-rescue'],
    rowCount: 1,
    faults: [],
  })

  api.clock.advance(hour - 1)
  t.equal(await api.applyPlanned(), 0)
  t.equal((await api.send(worldActors.street, 'GET', '/v1/units/syg-rescue')).statusCode, 404)
  api.clock.advance(1)
  t.same(await Promise.all([api.applyPlanned(), api.applyPlanned()]).then((n) => n[0] + n[1]), 1, 'once')
  t.match((await api.send(worldActors.street, 'GET', '/v1/units/syg-rescue')).json(), unit)
  const after = await api.send(keepers.district, 'GET', `/v1/planned-changes/${id}`)
  t.match(after.json(), { state: 'applied', decidedAt: new Date(api.clock.now()).toISOString() })
  t.match(await eventsOf(api, 'units'), [
    { type: 'units_change_planned', actor: keepers.district, plannedChange: id, changed: { added: 1 } },
    { type: 'units_amended', actor: keepers.district, planned: { id }, at: api.clock.now() },
    { type: 'units_changed', units: [{ code: 'syg-rescue', change: 'added' }] },
  ])
  t.equal((await verifyAuditTrail({ db: api.db })).outcome, 'sound')
})

t.test('what does not fit any more keeps its reason, and what follows goes on', async (t) => {
  const api = await createRegistryApi(t)
  const wrong = await planUnit(api, 'syg-rescue', keepers.district, { ...unit, areaCode: '420299000000' })
  t.equal(problemOf(wrong).code, 'change_refused', 'it is looked at when it is filed')
  const { id } = (
    await planUnit(api, 'syg-1', keepers.district, { ...unit, areaCode: huangshi.neighbour })
  ).json().plannedChange
  await planUnit(api, 'syg-2')
  const merged = await api.send(keepers.city, 'POST', `/v1/areas/${huangshi.community}/merge`, {
    json: { from: [huangshi.neighbour] },
  })
  t.equal(merged.statusCode, 200, merged.body)
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 2)
  t.equal(await api.applyPlanned(), 0, 'it is not tried again')
  const failed = await api.send(keepers.district, 'GET', `/v1/planned-changes/${id}`, {
    headers: { 'accept-language': 'zh-CN' },
  })
  t.match(failed.json(), {
    state: 'failed',
    faults: [{ line: 1, column: 'area_code', detail: '辖区已撤销' }],
  })
  t.equal((await api.send(worldActors.street, 'GET', '/v1/units/syg-2')).statusCode, 200)
  t.match(
    (await eventsOf(api, 'units')).filter(({ type }) => type === 'units_change_failed'),
    [{ plannedChange: id, faults: 1 }],
  )
})

t.test(
  'until it takes effect it can be withdrawn, by whoever keeps the area that it was filed for',
  async (t) => {
    const api = await createRegistryApi(t)
    const { id } = (await planUnit(api, 'syg-rescue')).json().plannedChange
    const url = `/v1/planned-changes/${id}`
    t.equal((await api.send(keepers.foreign, 'GET', url)).statusCode, 404)
    t.equal((await api.send(keepers.foreign, 'DELETE', url)).statusCode, 404)
    t.same((await api.send(keepers.foreign, 'GET', '/v1/planned-changes')).json().items, [])
    t.equal((await api.send(worldActors.district, 'DELETE', url)).statusCode, 403)
    const withdrawn = await api.send(keepers.city, 'DELETE', url)
    t.match(withdrawn.json(), { state: 'withdrawn' })
    t.equal((await api.send(keepers.city, 'DELETE', url)).statusCode, 200, 'twice is once')
    api.clock.advance(hour)
    t.equal(await api.applyPlanned(), 0)
    t.equal((await eventsOf(api, 'units')).length, 2)

    const { id: other } = (await planUnit(api, 'syg-rescue')).json().plannedChange
    api.clock.advance(hour)
    await api.applyPlanned()
    const late = await api.send(keepers.city, 'DELETE', `/v1/planned-changes/${other}`)
    t.equal(problemOf(late).code, 'planned_change_decided')
    t.match((await api.send(keepers.city, 'GET', '/v1/planned-changes?state=applied')).json().items, [
      { id: other },
    ])
  },
)

t.test('a change is planned for later than now and within two years', async (t) => {
  const api = await createRegistryApi(t)
  const put = (at: number | string) =>
    api.send(keepers.district, 'PUT', `/v1/units/u-1?effectiveAt=${encodeURIComponent(String(at))}`, {
      json: unit,
    })
  for (const at of [api.clock.now(), api.clock.now() - 1, api.clock.now() + 3 * 366 * 24 * hour]) {
    t.match(problemOf(await put(new Date(at).toISOString())), {
      status: 400,
      errors: [{ pointer: 'effectiveAt' }],
    })
  }
  t.equal((await put('2027-01-01T00:00:00')).statusCode, 400, 'without an offset nobody knows when')
  t.equal((await put('2027-01-01T00:00:00+08:00')).statusCode, 202)
})

t.test('a file can be planned, and nothing of its rows is left afterwards', async (t) => {
  const api = await createRegistryApi(t)
  const at = encodeURIComponent(new Date(api.clock.now() + hour).toISOString())
  const filed = await api.send(keepers.district, 'POST', `/v1/people/import?effectiveAt=${at}`, {
    csv: `subject,name,role,area_code\ngrid-li,李秀英,grid_worker,${huangshi.grid}\n`,
  })
  t.equal(filed.statusCode, 202, filed.body)
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 1)
  t.match((await api.send(keepers.district, 'GET', '/v1/people/grid-li')).json(), { name: '李秀英' })
  t.same(await api.db.selectFrom('planned_changes').select('rows').execute(), [{ rows: null }])
})

t.test('what is due is found by its index, whatever else was planned', async (t) => {
  const api = await createRegistryApi(t)
  const { rows } = await api.owner.pool.query(
    `insert into planned_changes (id, registry, rows, bases, salt, row_count, keys, within_code, filed_by, filed_at,
       event_seq, told_seq, effective_at, state, decided_at, faults)
     select gen_random_uuid(), 'units', case when n % 100 = 0 then '[]'::json end,
       case when n % 100 = 0 then '{}'::jsonb end,
       case when n % 100 = 0 then decode(repeat('00', 32), 'hex') end, 1, '{}', $1, 'a', to_timestamp(n), n, n, to_timestamp(n + 1), case when n % 100 = 0 then 'planned' else 'applied' end,
       case when n % 100 = 0 then null else to_timestamp(n + 1) end, '[]'
     from generate_series(1, 20000) n returning 1`,
    [huangshi.district],
  )
  t.equal(rows.length, 20_000)
  await api.owner.pool.query('vacuum analyze planned_changes')
  const reads = await readsOf(api.db, duePlannedChanges(api.db, 5_000_000, 100), 'planned_changes')
  t.equal(reads.scans, 0)
  t.ok(reads.rows <= 100, `${reads.rows} rows`)
  const ahead = await readsOf(api.db, nextPlannedChange(api.db, 5_000_000), 'planned_changes')
  t.same([ahead.scans, ahead.rows], [0, 1])
})

t.test('so many may wait of one area, and others plan all the same', async (t) => {
  const api = await createRegistryApi(t)
  await planUnit(api, 'syg-rescue')
  await api.owner.pool.query(
    `insert into planned_changes
     select gen_random_uuid(), registry, rows, bases, salt, row_count, keys, within_code, filed_by, filed_at, no + 1000, no + 1000,
       effective_at, state, decided_at, faults
     from planned_changes, generate_series(2, 200) no`,
  )
  t.match(problemOf(await planUnit(api, 'syg-2')), { status: 422, code: 'change_refused' })
  t.equal((await planUnit(api, 'syg-2', keepers.city)).statusCode, 202)
})

t.test('so many rows may wait of one area, in however few changes', async (t) => {
  const api = await createRegistryApi(t)
  await planUnit(api, 'syg-rescue')
  await api.owner.pool.query('update planned_changes set row_count = $1', [plannedRowsMax])
  t.match(problemOf(await planUnit(api, 'syg-2')), { status: 422, code: 'change_refused' })
  t.equal((await planUnit(api, 'syg-2', keepers.city)).statusCode, 202)
  await api.owner.pool.query('update planned_changes set row_count = row_count - 1 where row_count > 1')
  t.equal((await planUnit(api, 'syg-3')).statusCode, 202)
})
