import { sql } from 'kysely'
import { Registry } from 'prom-client'
import t from 'tap'
import { registerPlannedChangeGauges } from '../../src/registry/planned-change-gauges.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi } from './registry-api.ts'

const hour = 60 * 60_000

/** Plans a unit for an hour from now; returns the plan's id. */
async function planUnit(api: RegistryApi, code: string): Promise<string> {
  const at = encodeURIComponent(new Date(api.clock.now() + hour).toISOString())
  const json = {
    name: '胜阳港抢险队',
    kind: 'emergency_team',
    areaCode: huangshi.street,
    categoryCodes: null,
  }
  const filed = await api.send(keepers.district, 'PUT', `/v1/units/${code}?effectiveAt=${at}`, { json })
  return filed.json().plannedChange.id
}

/** Lets the storing of a unit end with an SQLSTATE, as it would where a statement runs into its limit. */
async function failWith(api: RegistryApi, code: string, state: string): Promise<void> {
  await sql
    .raw(`
    create or replace function fail_slowly() returns trigger language plpgsql as
      $$ begin raise exception 'canceling statement due to statement timeout' using errcode = '${state}'; end $$;
    create or replace trigger fail_slowly before insert on units
      for each row when (new.code = '${code}') execute function fail_slowly()`)
    .execute(api.owner.db)
}

t.test('a plan that takes too long each time fails, and what is due later takes effect', async (t) => {
  const api = await createRegistryApi(t)
  const slow = await planUnit(api, 'syg-slow')
  await planUnit(api, 'syg-quick')
  await failWith(api, 'syg-slow', '57014')
  api.clock.advance(hour)
  for (const _ of [1, 2])
    await t.rejects(api.applyPlanned(), { code: '57014' }, 'it may have been the database')
  t.equal(
    (await api.send(keepers.district, 'GET', '/v1/units/syg-quick')).statusCode,
    404,
    'nothing overtakes it',
  )
  t.equal(await api.applyPlanned(), 2)
  const failed = await api.send(keepers.district, 'GET', `/v1/planned-changes/${slow}`, {
    headers: { 'accept-language': 'zh-CN' },
  })
  t.match(failed.json(), { state: 'failed', faults: [{ detail: /可分批提交/ }] })
  t.equal((await api.send(keepers.district, 'GET', '/v1/units/syg-quick')).statusCode, 200)
  const told = (await eventsOf(api, 'units')).filter(({ type }) => type === 'units_change_failed')
  t.match(told, [{ plannedChange: slow, faults: 1 }])
})

t.test('what the database does to everybody fails no plan', async (t) => {
  const api = await createRegistryApi(t)
  await planUnit(api, 'syg-slow')
  await failWith(api, 'syg-slow', '53300')
  api.clock.advance(hour)
  for (const _ of [1, 2, 3, 4, 5]) await t.rejects(api.applyPlanned(), { code: '53300' })
  await failWith(api, 'nobody', '53300')
  t.equal(await api.applyPlanned(), 1)
  t.equal((await api.send(keepers.district, 'GET', '/v1/units/syg-slow')).statusCode, 200)
})

t.test('the worker tells how many plans are late, and for how long', async (t) => {
  const api = await createRegistryApi(t)
  const metrics = new Registry()
  registerPlannedChangeGauges(metrics, { db: api.db, readClock: api.clock.read })
  await planUnit(api, 'syg-late')
  api.clock.advance(hour + 90_000)
  const text = await metrics.metrics()
  t.match(text, /^whistle_planned_changes_overdue 1$/m)
  t.match(text, /^whistle_planned_change_oldest_overdue_seconds 90$/m)
})
