import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { type AreaQuery, areaPageQuery, listAreas } from '../../src/areas/list-areas.ts'
import { projectRoot } from '../../src/project-root.ts'
import { readsOf } from '../support/explain-plan.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const world = await createWorld(t)
const { db } = world
const file = createReadStream(join(projectRoot, 'data', 'huangshi-areas.csv'))
await importAreas({ db, readClock: world.clock.read }, file, { actor: worldActors.administrator })
// As many as a city has with its grids.
await world.owner.pool.query(
  `insert into areas (code, name, kind, parent_code, path, path_kinds, district_code, since_version)
   select code || '-' || no, left(name, 3) || '第' || no || '网格', 'grid', code, path || (code || '-' || no),
     path_kinds || 'grid'::text, district_code, since_version
   from areas, generate_series(1, 20) no where kind = 'community' and retired_at is null`,
)
await world.owner.pool.query('vacuum analyze areas')
const { n } = await db
  .selectFrom('areas')
  .select(({ fn }) => fn.countAll<number>().as('n'))
  .executeTakeFirstOrThrow()

const named = (name: string): AreaQuery => ({
  parentCode: undefined,
  kind: undefined,
  within: undefined,
  name,
  retired: 'no',
  after: undefined,
  limit: 50,
})

t.test('areas are found by a part of their name without looking through all of them', async (t) => {
  t.ok(n > 5_000, `${n} areas`)
  for (const name of ['沈家营', '胜阳港社区', '营', '网格', '没有这个名字']) {
    const reads = await readsOf(db, areaPageQuery(db, named(name)), 'areas')
    t.equal(reads.scans, 0, name)
    t.ok(reads.rows < n / 10, `${name}: ${reads.rows} of ${n}`)
  }
})

t.test('it is the part that counts, not the characters', async (t) => {
  const { items } = await listAreas(db, named('胜阳港'))
  t.ok(items.length > 0)
  t.ok(items.every(({ name }) => name.includes('胜阳港')))
  t.same((await listAreas(db, named('港阳胜'))).items, [])
  for (const odd of ['%', '_', '\\', "'"]) t.same((await listAreas(db, named(odd))).items, [], odd)
})
