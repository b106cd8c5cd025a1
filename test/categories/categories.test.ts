import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { categoryRegistry } from '../../src/categories/category-registry.ts'
import { categoryRoutes } from '../../src/categories/category-routes.ts'
import { findCategories } from '../../src/categories/find-categories.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { projectRoot } from '../../src/project-root.ts'
import { importRows } from '../../src/registry/import-rows.ts'
import { csvSource } from '../areas/csv-source.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { routeDependencies } from '../registry/registry-api.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'

const actor: Actor = { id: 'admin-1', role: 'administrator', areaCode: '420200000000' }
const header = 'code,parent_code,name_zh,name_en,severity,unit_kind'

async function prepared(t: Parameters<typeof createTestDatabase>[0]) {
  const { db } = await createTestDatabase(t)
  const deps = { db, readClock: createMovableClock().read }
  const run = (...rows: string[]) => importRows(deps, categoryRegistry, csvSource(header, ...rows), { actor })
  const runSeed = () =>
    importRows(deps, categoryRegistry, createReadStream(join(projectRoot, 'data', 'categories.csv')), {
      actor,
    })
  return { ...deps, run, runSeed }
}

t.test('the tree of categories is served whole, with names in both languages', async (t) => {
  const { db, readClock, runSeed } = await prepared(t)
  const { added = 0 } = (await runSeed()).changed
  t.ok(added >= 35)
  t.match(await runSeed(), { changed: { added: 0, updated: 0 } })
  const server = await openHttpServer(t, { routes: [categoryRoutes(routeDependencies({ db, readClock }))] })
  const answer = await server.inject({ method: 'GET', url: '/v1/categories' })
  const items: { code: string; parentCode: string | null; path: string[]; nameZh: string; nameEn: string }[] =
    answer.json().items
  t.equal(items.length, added)
  const seen = new Set<string>()
  for (const item of items) {
    t.ok(item.parentCode === null || seen.has(item.parentCode), `${item.code} stands below what came before`)
    t.match(item, { nameZh: /\p{Script=Han}/u, nameEn: /[a-z]/ })
    seen.add(item.code)
  }
  t.match(
    items.find((item) => item.code === 'fire_lane_blocked'),
    {
      path: ['fire', 'fire_lane_blocked'],
      nameZh: '消防通道堵塞',
      severity: 'high',
      unitKind: 'emergency_team',
    },
  )
  t.equal(await eventCount(db), 2, 'one import, one batch of changes')
})

t.test('a moved category takes along what lies below it', async (t) => {
  const { db, run } = await prepared(t)
  await run(
    'aa,,甲,A,low,department',
    'bb,,乙,B,low,department',
    'cc,aa,丙,C,low,department',
    'dd,cc,丁,D,low,department',
  )
  t.match(await run('cc,bb,丙,C,low,department'), { changed: { added: 0, updated: 2 } })
  t.strictSame((await findCategories(db, ['dd', 'xx'])).get('dd')?.path, ['bb', 'cc', 'dd'])
})

t.test('a file with a wrong row is refused with its lines, and nothing of it is stored', async (t) => {
  const { db, run } = await prepared(t)
  await t.rejects(run('aa,,甲,A,low,department', 'bb,zz,乙,B,low,department'), {
    message: /line 3: parent_code: The parent of bb/,
  })
  await t.rejects(run('aa,bb,甲,A,low,department', 'bb,aa,乙,B,low,department'), {
    message: /line 2: .*; line 3: /,
  })
  await t.rejects(run('aa,,甲,A,urgent,department'), { message: /line 2: severity: The severity must be/ })
  await t.rejects(run('aa,,甲,A,low,army'), { message: /line 2: unit_kind: / })
  await t.rejects(run('aa,,,A,low,department'), { message: /line 2: name_zh: / })
  t.equal((await db.selectFrom('categories').select('code').execute()).length, 0)
  t.equal(await eventCount(db), 0)
})

async function eventCount(db: Awaited<ReturnType<typeof prepared>>['db']): Promise<number> {
  return (await db.selectFrom('events').select('seq').where('stream', '=', 'categories').execute()).length
}
