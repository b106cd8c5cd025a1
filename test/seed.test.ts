import t from 'tap'
import { importAreas } from '../src/areas/import-areas.ts'
import { categoryRegistry } from '../src/categories/category-registry.ts'
import { unitKinds } from '../src/domain/unit.ts'
import { importRows } from '../src/registry/import-rows.ts'
import { seed } from '../src/seed.ts'
import { areaSource, csvSource } from './areas/csv-source.ts'
import { createMovableClock } from './support/clock.ts'
import { createTestDatabase } from './support/database.ts'

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db } = await createTestDatabase(t)
  return { db, readClock: createMovableClock().read }
}

t.test(
  'an empty database gets Huangshi, its units and what they answer for, the categories and the 8-1-10 policy, once',
  async (t) => {
    const deps = await prepared(t)
    const { db } = deps
    t.strictSame(await seed(deps), ['areas', 'categories', 'units', 'responsibilities', 'policies'])
    const rows = async () => ({
      areas: (await db.selectFrom('areas').select('code').execute()).length,
      policies: await db.selectFrom('policies').select(['code', 'version', 'created_by']).execute(),
      events: (await db.selectFrom('events').select('seq').execute()).length,
    })
    const first = await rows()
    t.match(first, { areas: 1104, policies: [{ code: 'default', version: 1, created_by: 'system:seed' }] })
    t.strictSame(await seed(deps), [])
    t.strictSame(await rows(), first)

    const kinds = await db.selectFrom('units').select(['area_code', 'kind']).distinct().execute()
    const districts = await db.selectFrom('areas').select('code').where('kind', '=', 'district').execute()
    for (const { code } of districts) {
      const served = kinds.filter((unit) => unit.area_code === code).map((unit) => unit.kind)
      t.strictSame(served.toSorted(), unitKinds.toSorted(), `${code} has units of every kind`)
    }
  },
)

t.test('two processes that start at once seed once', async (t) => {
  const deps = await prepared(t)
  await Promise.all([seed(deps), seed(deps)])
  t.strictSame(await deps.db.selectFrom('policies').select('version').execute(), [{ version: 1 }])
  t.strictSame(await deps.db.selectFrom('area_tree').select('version').execute(), [{ version: 1 }])
})

t.test("an operator's own tree is left alone", async (t) => {
  const deps = await prepared(t)
  const source = areaSource('441900000000,东莞市,city,', '441900003000,东城街道,street,441900000000')
  await importAreas(deps, source, { actor: { id: 'operator', role: 'administrator' } })
  t.strictSame(await seed(deps), ['categories', 'policies'])
  t.equal((await deps.db.selectFrom('areas').select('code').execute()).length, 2)
})

t.test('units of Huangshi are left out where the categories are an operator’s own', async (t) => {
  const deps = await prepared(t)
  const actor = { id: 'operator', role: 'administrator' } as const
  const source = csvSource(
    'code,parent_code,name_zh,name_en,severity,unit_kind',
    'flood,,防汛,Flood,high,emergency_team',
  )
  await importRows(deps, categoryRegistry, source, { actor })
  t.strictSame(await seed(deps), ['areas', 'policies'])
})
