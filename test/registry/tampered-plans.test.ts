import { type RawBuilder, sql } from 'kysely'
import t from 'tap'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { checkWorld } from '../support/check-world.ts'
import { tamper } from '../support/tamper.ts'
import { huangshi } from '../support/world-areas.ts'
import { createRegistryApi, eventsOf, keepers, type RegistryApi } from './registry-api.ts'

const hour = 60 * 60_000
const path = '/v1/units/syg-rescue'
const unit = { name: '胜阳港应急队', kind: 'emergency_team', areaCode: huangshi.street, categoryCodes: null }

/** Plans another name of the unit; returns the plan's id. */
async function planName(api: RegistryApi, name: string, afterMs: number): Promise<string> {
  const at = encodeURIComponent(new Date(api.clock.now() + afterMs).toISOString())
  const json = { ...unit, name }
  const filed = await api.send(keepers.district, 'PUT', `${path}?effectiveAt=${at}`, { json })
  t.equal(filed.statusCode, 202, filed.body)
  return filed.json().plannedChange.id
}

const nameOf = async (api: RegistryApi) => (await api.send(keepers.city, 'GET', path)).json().name

t.test('a plan whose row somebody edited by hand is found, and is not carried out', async (t) => {
  const edits: readonly { readonly what: string; readonly change: RawBuilder<unknown> }[] = [
    { what: 'its rows', change: sql`rows = replace(rows::text, '抢险', '无名')::json` },
    { what: 'what it was made on', change: sql`bases = '{"syg-rescue": 2}'` },
    { what: 'its instant', change: sql`effective_at = effective_at - interval '30 min'` },
    { what: 'its author', change: sql`filed_by = ${keepers.foreign.id}` },
    { what: 'its author’s area', change: sql`within_code = ${huangshi.city}` },
    { what: 'its salt', change: sql`salt = decode(repeat('00', 32), 'hex')` },
    { what: 'its event', change: sql`event_seq = 1, told_seq = 1` },
    { what: 'the event that tells of its bases', change: sql`told_seq = event_seq + 1` },
  ]
  for (const { what, change } of edits) {
    const api = await createRegistryApi(t)
    await api.send(keepers.district, 'PUT', path, { json: unit })
    const id = await planName(api, '抢险队', hour)
    // Whoever edits what it was made on means to have it carried out although the unit was changed meanwhile.
    await api.send(keepers.district, 'PUT', path, { json: { ...unit, name: '胜阳港救援队' } })
    t.equal((await verifyAuditTrail(api)).outcome, 'sound', what)
    await tamper(api, sql`update planned_changes set ${change} where id = ${id}`)
    const { outcome, faults } = await verifyAuditTrail(api)
    t.equal(outcome, 'tampered', what)
    t.same(
      faults.map(({ kind }) => kind),
      ['plan'],
      what,
    )
    t.notMatch(JSON.stringify(faults), /无名/, 'no text of a row is quoted')
    api.clock.advance(hour)
    t.equal(await api.applyPlanned(), 1, what)
    t.equal(await nameOf(api), '胜阳港救援队', what)
    t.match((await eventsOf(api, 'units')).at(-1), {
      type: 'units_change_failed',
      plannedChange: id,
      reason: 'not_as_filed',
    })
    const failed = await api.send(keepers.city, 'GET', `/v1/planned-changes/${id}`, {
      headers: { 'accept-language': 'zh-CN' },
    })
    t.match(failed.json(), { state: 'failed', faults: [{ detail: '内容与提交时不一致，未生效' }] })
  }
})

t.test('a plan that another one moved along is carried out, and cannot be moved by hand', async (t) => {
  const api = await createRegistryApi(t)
  await api.send(keepers.district, 'PUT', path, { json: unit })
  await planName(api, '甲', hour)
  const second = await planName(api, '乙', 2 * hour)
  const third = await planName(api, '丙', 3 * hour)
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 1)
  const told = (await eventsOf(api, 'units')).at(-1)
  t.equal(told?.type, 'units_plans_moved')
  for (const id of [second, third]) t.match(JSON.stringify(told?.plans), id)
  await checkWorld(t, api)
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 1)
  t.equal(await nameOf(api), '乙')
  // Back to what the second plan was made on, and to the event that told so.
  await tamper(
    api,
    sql`update planned_changes set bases = '{"syg-rescue": 2}', told_seq = (
      select min(seq) from events where type = 'units_plans_moved') where id = ${third}`,
  )
  t.equal((await verifyAuditTrail(api)).outcome, 'tampered')
  api.clock.advance(hour)
  t.equal(await api.applyPlanned(), 1)
  t.equal(await nameOf(api), '乙', 'an older word of the service makes it lapse')
})
