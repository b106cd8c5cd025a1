import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { findUnits } from '../../src/units/find-units.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { unitRoutes } from '../../src/units/unit-routes.ts'
import { csvSource } from '../areas/csv-source.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { routeDependencies } from '../registry/registry-api.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { seedWorld } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const actor = worldActors.administrator

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db } = await createTestDatabase(t)
  const clock = createMovableClock()
  await seedWorld(db, clock)
  const deps = { db, readClock: clock.read }
  const run = (...rows: string[]) =>
    importRows(deps, unitRegistry, csvSource('code,name,kind,area_code', ...rows), { actor })
  return { db, deps, run }
}

t.test('units are imported once, updated when they change, and each change is an event', async (t) => {
  const { db, run } = await prepared(t)
  const water = `syg-water,"胜阳港供水抢修队, 一班",emergency_team,${huangshi.street}`
  t.match(await run(water), { rows: 1, changed: { added: 1, updated: 0 } })
  t.match(await run(water), { rows: 1, changed: { added: 0, updated: 0 } })
  const renamed = `syg-water,胜阳港供水抢修队,emergency_team,${huangshi.district}`
  t.match(await run(renamed, `wuye,花湖物业,property_company,${huangshi.community}`), {
    rows: 2,
    changed: { added: 1, updated: 1 },
  })
  t.strictSame((await findUnits(db, ['syg-water', 'absent'])).get('syg-water'), {
    code: 'syg-water',
    name: '胜阳港供水抢修队',
    kind: 'emergency_team',
    areaCode: huangshi.district,
    categoryCodes: null,
    skills: [],
    retired: false,
  })
  t.notOk((await findUnits(db, ['absent'])).has('absent'))
  const events = await db
    .selectFrom('events')
    .selectAll()
    .where('stream', '=', 'units')
    .orderBy('seq')
    .execute()
  t.match(
    events.map(({ body }) => JSON.parse(body)),
    [
      { type: 'units_imported', actor, changed: { added: 1, updated: 0 }, sha256: /^[0-9a-f]{64}$/ },
      { type: 'units_changed', units: [{ code: 'syg-water', name: '胜阳港供水抢修队, 一班' }] },
      { type: 'units_imported', changed: { added: 1, updated: 1 } },
      { type: 'units_changed', units: [{ areaCode: huangshi.district }, { code: 'wuye' }] },
    ],
  )
  t.equal(events.length, 4)
})

t.test('a file with a wrong row is refused with every line, and nothing of it is stored', async (t) => {
  const { db, deps, run } = await prepared(t)
  await importAreas(
    deps,
    csvSource(
      'code,name,kind,parent_code,successor_code',
      `${huangshi.neighbour},湖滨路社区,community,${huangshi.street},${huangshi.community}`,
    ),
    { actor },
  )
  const good = `good,好单位,department,${huangshi.street}`
  await t.rejects(run(good, `bad,甲,army,${huangshi.street}`, `有中文,乙,department,${huangshi.street}`), {
    message: /line 3: kind: The kind of unit must be .*line 4: code: A unit code/,
  })
  await t.rejects(run(good, 'u1,甲,department,420299000000', `u2,乙,department,${huangshi.neighbour}`), {
    message:
      'Nothing was stored: line 3: area_code: There is no such area; line 4: area_code: The area is retired',
  })
  await t.rejects(run(good, good), { message: /line 3: code: Stands in line 2 already/ })
  t.equal((await findUnits(db, ['good'])).size, 0)
})

t.test('the units that serve an area are those of the areas on its path', async (t) => {
  const { deps, run } = await prepared(t)
  await run(
    `foreign,西塞山区城管,department,${huangshi.foreignDistrict}`,
    `wuye,花湖物业,property_company,${huangshi.community}`,
  )
  const server = await openHttpServer(t, { routes: [unitRoutes(routeDependencies(deps))] })
  const codes = async (query: string) => {
    const answer = await server.inject({ method: 'GET', url: `/v1/units?${query}` })
    t.equal(answer.statusCode, 200, answer.body)
    return answer.json().items.map((unit: { code: string }) => unit.code)
  }
  t.strictSame(await codes(`areaCode=${huangshi.grid}`), [worldUnits.fire, worldUnits.volunteers, 'wuye'])
  t.strictSame(await codes(`areaCode=${huangshi.neighbour}`), [worldUnits.fire, worldUnits.volunteers])
  t.strictSame(await codes(`areaCode=${huangshi.grid}&kind=volunteer_team`), [worldUnits.volunteers])
  t.strictSame(await codes(`areaCode=${huangshi.foreignCommunity}`), ['foreign'])
  t.strictSame(await codes('areaCode=420299000000'), [])
  t.equal((await codes('limit=3')).length, 3)
  const wrong = await server.inject({ method: 'GET', url: '/v1/units?kind=army' })
  t.equal(wrong.statusCode, 400)
})

t.test('what a unit can do is told, asked for, and left as it is where nothing is said of it', async (t) => {
  const { db, deps } = await prepared(t)
  const file = (header: string, ...rows: string[]) =>
    importRows(deps, unitRegistry, csvSource(header, ...rows), { actor })
  const team = `lane-team,里巷互助队,volunteer_team,${huangshi.community}`
  await file(
    'code,name,kind,area_code,skills',
    `${team},陪护; 急救`,
    `other,水电队,volunteer_team,${huangshi.community},水电`,
  )
  const server = await openHttpServer(t, { routes: [unitRoutes(routeDependencies(deps))] })
  const able = async (skill: string) => {
    const url = `/v1/units?skill=${encodeURIComponent(skill)}`
    return (await server.inject({ method: 'GET', url })).json().items
  }
  t.match(await able('急救'), [{ code: 'lane-team', skills: ['陪护', '急救'] }])
  t.strictSame(await able('救'), [], 'skills are whole words')

  t.match(await file('code,name,kind,area_code', team), { changed: { updated: 0 } })
  t.match(await file('code,name,kind,area_code,skills', `${team},`), { changed: { updated: 1 } })
  t.strictSame(await able('急救'), [])
  const told = await db
    .selectFrom('events')
    .select('body')
    .where('stream', '=', 'units')
    .orderBy('seq')
    .execute()
  t.match(
    told.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'units_changed'),
    [
      { units: [{ skills: ['陪护', '急救'] }, { skills: ['水电'] }] },
      { units: [{ code: 'lane-team', skills: [] }] },
    ],
  )
  const wrong = file('code,name,kind,area_code,skills', `${team},电话：13800000000`)
  await t.rejects(wrong, { message: /line 2: skills: A skill has 1 to 40 letters/ })
})
