import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { createLogger } from '../../src/logger.ts'
import { refusalOfPerson } from '../../src/people/find-registration.ts'
import { projectRoot } from '../../src/project-root.ts'
import { registries } from '../../src/registries.ts'
import { startPlannedChangeLoop } from '../../src/registry/planned-change-loop.ts'
import { type ApiWorld, createApiWorld } from '../incidents/api-world.ts'
import { checkWorld } from '../support/check-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

// Each command is a process of its own, and others may hold them up.
t.setTimeout(180_000)

const { administrator, street } = worldActors
const run = promisify(execFile)

/** A file for each registry, each of which needs the one before; what it adds, and how that is read. */
const files = [
  {
    registry: 'areas',
    file: `code,name,kind,parent_code\n420202007004,文化宫社区,community,${huangshi.street}\n`,
    url: '/v1/areas/420202007004',
    seen: { name: '文化宫社区', parentCode: huangshi.street },
  },
  {
    registry: 'categories',
    file: 'code,parent_code,name_zh,name_en,severity,unit_kind,admitted_from\nnoise,,噪音扰民,Noise,low,department,street\n',
    url: '/v1/categories/noise',
    seen: { nameZh: '噪音扰民', severity: 'low', admittedFrom: 'street' },
  },
  {
    registry: 'units',
    file: 'code,name,kind,area_code,category_codes\nwhg-cg,文化宫城管中队,department,420202007004,noise\n',
    url: '/v1/units/whg-cg',
    seen: { name: '文化宫城管中队', areaCode: '420202007004', categoryCodes: ['noise'] },
  },
  {
    registry: 'people',
    file: 'subject,name,role,area_code,skills\ngrid-he,何晓梅,grid_worker,420202007004,手语\n',
    url: '/v1/people/grid-he',
    seen: { name: '何晓梅', role: 'grid_worker', skills: ['手语'] },
  },
  {
    registry: 'responsibilities',
    file: 'code,area_code,unit_code,person_subject,valid_from\nbl-whg,420202007004,,grid-he,2026-12-01T00:00:00+08:00\n',
    url: '/v1/responsibilities/bl-whg',
    seen: { areaCode: '420202007004', personSubject: 'grid-he', validFrom: '2026-11-30T16:00:00.000Z' },
  },
] as const

function importFile({ call }: ApiWorld, registry: string, file: string, query = '') {
  const headers = { 'content-type': 'text/csv', 'accept-language': 'zh' }
  return call(administrator, 'POST', `/v1/${registry}/import${query}`, file, { headers })
}

/** Runs `whistle <registry> import` on a world's database, as its operator would. */
async function whistle({ url }: ApiWorld, registry: string, path: string) {
  const env = { PATH: process.env.PATH, DATABASE_URL: url, LANG: 'zh_CN.UTF-8' }
  try {
    const { stdout } = await run(process.execPath, ['bin/whistle.js', registry, 'import', path], {
      cwd: projectRoot,
      env,
    })
    return { failed: false, said: stdout }
  } catch (error) {
    return { failed: true, said: String(error) }
  }
}

t.test(
  'a file fills each registry over HTTP, and the same one by the command line says nothing new',
  async (t) => {
    const world = await createApiWorld(t)
    const folder = t.testdir()
    for (const { registry, file, url, seen } of files) {
      const first = await importFile(world, registry, file)
      t.match(first, { status: 200, body: { rows: 1, changed: { added: 1 }, event: { stream: registry } } })
      t.match((await world.call(street, 'GET', url)).body, seen)
      const path = join(folder, `${registry}.csv`)
      writeFileSync(path, file)
      const again = await whistle(world, registry, path)
      t.match(again, { failed: false, said: /added: 0[\s\S]*updated: 0/ })
    }
    await checkWorld(t, world)
  },
)

t.test('the command line fills each registry, too, and whoever asks over HTTP reads it', async (t) => {
  const world = await createApiWorld(t)
  const folder = t.testdir()
  for (const { registry, file, url, seen } of files) {
    const wrong = join(folder, `${registry}-wrong.csv`)
    const [header = '', row = ''] = file.split('\n')
    writeFileSync(wrong, `${file}${row.replace(/^[^,]+/, '!')}\n`)
    const refused = await whistle(world, registry, wrong)
    t.match(refused, { failed: true, said: /3\t[a-z_]+\t\p{Script=Han}[\s\S]*未导入任何内容/u }, header)
    t.equal((await world.call(street, 'GET', url)).status, 404, 'all of it or nothing')
    const right = join(folder, `${registry}.csv`)
    writeFileSync(right, file)
    t.match(await whistle(world, registry, right), { failed: false, said: /added: 1/ })
    t.match((await world.call(street, 'GET', url)).body, seen)
  }
  await checkWorld(t, world)
})

t.test('what is filed for later takes effect by itself when its time has come', async (t) => {
  const world = await createApiWorld(t)
  const { call, clock, db } = world
  const day = 24 * 60 * 60_000
  const [areas, ...others] = files
  const midnight = clock.now() + day
  const at = `?effectiveAt=${encodeURIComponent(new Date(midnight).toISOString())}`
  const filed = await importFile(world, areas.registry, areas.file, at)
  t.match(filed, { status: 202, body: { plannedChange: { effectiveAt: new Date(midnight).toISOString() } } })
  const location = String(filed.headers.location)
  t.match(await importFile(world, 'units', others[1].file, at), {
    status: 422,
    body: { errors: [{ pointer: '/2/area_code', detail: '辖区不存在' }] },
  })
  const renamed = { nameZh: '噪声扰民', nameEn: 'Noise', parentCode: null, severity: 'normal' }
  await importFile(world, 'categories', others[0].file)
  const put = await call(administrator, 'PUT', `/v1/categories/noise${at}`, {
    ...renamed,
    unitKind: 'department',
    admittedFrom: 'community',
  })
  t.equal(put.status, 202, put.text)

  clock.advance(day - 1)
  const loop = () =>
    startPlannedChangeLoop({
      db,
      batches: db,
      readClock: clock.read,
      registries,
      refusalOf: refusalOfPerson,
      logger: createLogger({ logLevel: 'silent', name: 'test' }),
    })
  const early = loop()
  await early.stop(5_000)
  t.match((await call(administrator, 'GET', location)).body, { state: 'planned' }, 'not a millisecond before')
  t.equal((await call(street, 'GET', areas.url)).status, 404)

  clock.advance(1)
  const working = loop()
  const state = async () => (await call(administrator, 'GET', String(put.headers.location))).body.state
  while ((await state()) === 'planned');
  await working.stop(5_000)
  t.match((await call(administrator, 'GET', location)).body, { state: 'applied' })
  t.match((await call(street, 'GET', areas.url)).body, areas.seen)
  t.match((await call(street, 'GET', '/v1/categories/noise')).body, {
    nameZh: '噪声扰民',
    severity: 'normal',
  })
  t.match((await call(street, 'GET', '/v1/categories/noise/history')).body.items, [
    { revision: 2, since: new Date(midnight).toISOString(), facts: { nameZh: '噪声扰民' } },
    { revision: 1, until: new Date(midnight).toISOString(), facts: { nameZh: '噪音扰民' } },
  ])
  const report = await world.report({ areaCode: '420202007004', categoryCode: 'noise' })
  t.match(report.body.deadlines[0], { accountable: { name: '文化宫社区' } }, 'and holds for the next report')
  await checkWorld(t, world)
})
