import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { categoryRegistry } from '../../src/categories/category-registry.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const { administrator, community, district } = worldActors
const minute = 60_000

t.test('what is changed in a registry holds for the very next request', async (t) => {
  const world = await createApiWorld(t)
  const { report, call, act, clock, db } = world
  const by = { actor: administrator }
  const source = { db, readClock: clock.read }
  const file = (text: string) => Readable.from([Buffer.from(text)])
  const limitMs = (everyRung: number) => ({ community: everyRung, street: everyRung, district: everyRung })
  const policy = async (change: object) => {
    const { status } = await call(administrator, 'POST', '/v1/policies', {
      code: 'all-of-huangshi',
      areaCode: huangshi.city,
      categoryCode: null,
      severity: null,
      enabled: true,
      ladder: ['community', 'street', 'district'],
      limitsMs: { report: limitMs(3 * minute), feedback: limitMs(minute), on_site: limitMs(minute) },
      unitLimitMs: minute,
      unitMinimumMs: 0,
      arrivalRadiusM: 500,
      ...change,
    })
    t.equal(status, 201)
  }
  /** Limit and accountable party of the report promise that a new report starts. */
  const promised = async (change: object = {}) => {
    const [first] = (await report(change)).body.deadlines
    return [Date.parse(first?.dueAt ?? '') - clock.now(), first?.accountable.name]
  }

  t.same(await promised(), [worldPolicy.reportMs, '胜阳港社区'])

  await t.test('a policy', async (t) => {
    await policy({})
    t.same(await promised(), [3 * minute, '胜阳港社区'])
    await policy({
      limitsMs: { report: limitMs(4 * minute), feedback: limitMs(minute), on_site: limitMs(minute) },
    })
    t.same(await promised(), [4 * minute, '胜阳港社区'])
    await policy({ enabled: false })
    t.same(await promised(), [worldPolicy.reportMs, '胜阳港社区'])
  })

  await t.test('an area’s name, parent and end', async (t) => {
    const rows = (parent: string, name: string) => `code,name,kind,parent_code
${huangshi.community},${name},community,${parent}
`
    await importAreas(source, file(rows(huangshi.street, '胜阳港新社区')), by)
    t.same(await promised(), [worldPolicy.reportMs, '胜阳港新社区'])
    const { incidentId } = (await report()).body
    await importAreas(
      source,
      file(`${rows('420202999000', '胜阳港新社区')}420202999000,新设街道,street,${huangshi.district}\n`),
      by,
    )
    const handedUp = await act(incidentId, community, 'report-up')
    t.match(handedUp.body.incident.deadlines.at(-1)?.accountable, { name: '新设街道' })
  })

  await t.test('a category that is new', async (t) => {
    t.equal((await report({ categoryCode: 'noise' })).body.code, 'category_not_found')
    const row = 'code,parent_code,name_zh,name_en,severity,unit_kind\nnoise,,噪音扰民,Noise,low,department\n'
    await importRows(source, categoryRegistry, file(row), by)
    t.equal((await report({ categoryCode: 'noise' })).status, 201)
    const severity = async () => {
      const { incidentId } = (await report({ categoryCode: 'noise' })).body
      return (await call(district, 'GET', `/v1/incidents/${incidentId}`)).body.severity
    }
    t.equal(await severity(), 'low')
    await importRows(source, categoryRegistry, file(row.replace('low', 'critical')), by)
    t.equal(await severity(), 'critical')
  })

  await t.test('a unit’s name', async (t) => {
    const row = (name: string) =>
      `code,name,kind,area_code\n${worldUnits.fire},${name},emergency_team,${huangshi.district}\n`
    const whistled = async () => {
      const { incidentId } = (await report()).body
      const { body } = await act(incidentId, community, 'whistle')
      return body.incident.deadlines.find(({ rung }) => rung === 'unit')?.accountable.name
    }
    await importRows(source, unitRegistry, file(row('消防一队')), by)
    t.equal(await whistled(), '消防一队')
    await importRows(source, unitRegistry, file(row('消防二队')), by)
    t.equal(await whistled(), '消防二队')
  })
  await checkWorld(t, world)
})
