import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { categoryFile } from '../../../src/categories/category-file.ts'
import { readCsv } from '../../../src/csv/read-csv.ts'
import { readCityMap } from '../../../src/demo/cases/city-map.ts'
import { readHuangshiCases, readHuangshiRows } from '../../../src/demo/cases/huangshi-cases.ts'
import { plots } from '../../../src/demo/cases/plots.ts'
import { stories } from '../../../src/demo/cases/stories.ts'
import { unitCodeFor } from '../../../src/demo/cases/unit-code.ts'
import { compareVerdicts } from '../../../src/demo/judge/verdict.ts'
import { closestCalls } from '../../../src/demo/play/closest-call.ts'
import { demoLimits } from '../../../src/demo/play/demo-policy.ts'
import { promiseKinds } from '../../../src/domain/deadline.ts'
import { projectRoot } from '../../../src/project-root.ts'
import { unitFile } from '../../../src/units/unit-file.ts'
import { playOnDomain } from './played-plot.ts'

const seedFile = (name: string) => createReadStream(join(projectRoot, 'data', name))
const rows = await readHuangshiRows()
const { cases } = await readHuangshiCases()

t.test('there are a hundred cases, in real communities that their addresses name', async (t) => {
  t.equal(rows.length, 100)
  const map = await readCityMap()
  const misplaced = rows.filter(({ community, address }) => {
    const { kind, name } = map.area(community)
    return kind !== 'community' || !address.startsWith(name.replace(/(居委会|居民委员会)$/, ''))
  })
  t.same(misplaced, [])
  t.ok(new Set(rows.map(({ community }) => map.parentOf(community).code)).size > 10, 'in many streets')
})

t.test('their categories and units are in the seeded registries', async (t) => {
  const categories = new Set(
    (await readCsv(seedFile('categories.csv'), categoryFile)).rows.map(({ row }) => row.code),
  )
  const units = new Set(
    (await readCsv(seedFile('huangshi-units.csv'), unitFile)).rows.map(({ row }) => row.code),
  )
  t.same(
    rows.filter(
      ({ category, community, service }) =>
        !categories.has(category) || !units.has(unitCodeFor(community, service)),
    ),
    [],
  )
})

t.test('they tell every plot, and no two tell the same story', (t) => {
  t.same(new Set(rows.map(({ plot }) => plot)), new Set(Object.keys(plots)))
  t.equal(new Set(rows.map(({ description }) => description)).size, rows.length)
  t.end()
})

t.test('the stories come first, so that a short show tells them, too', (t) => {
  t.same(cases.slice(0, stories.length), stories)
  t.equal(cases.length, rows.length + stories.length)
  t.end()
})

t.test(
  'each can be played with the units and categories of the seed, to the verdicts that it implies',
  async (t) => {
    for (const script of cases) {
      const { verdicts } = await playOnDomain(script, {
        limits: 'own',
        pace: 1,
        lagMs: () => 0,
        travelMs: () => 50,
      })
      t.same(compareVerdicts(script.expected, verdicts), [], script.id)
    }
  },
)

t.test('every text that a plot says is there', (t) => {
  const silent = cases.filter(({ steps }) => steps.some(({ text }) => text !== null && text.trim() === ''))
  t.same(silent, [])
  t.end()
})

t.test('each promise is broken at one, two and three rungs by some and kept by most', (t) => {
  for (const promise of promiseKinds) {
    const counts = cases.map(
      ({ expected }) => expected.find(({ subject }) => subject === promise)?.breached.length ?? 0,
    )
    for (const rungs of [1, 2, 3]) t.ok(counts.includes(rungs), `${promise} at ${rungs}`)
    t.ok(counts.filter((count) => count === 0).length > 60, `${promise} is kept by most`)
  }
  t.end()
})

t.test('no act that is meant to be in time is left less than a second', (t) => {
  t.ok(closestCalls(cases, demoLimits('own', 1).limits).beforeMs >= 1_000)
  t.end()
})

t.test('the first twenty make a short show', (t) => {
  const long = cases
    .slice(0, 20)
    .filter(({ expected }) =>
      expected.some(({ subject, breached }) => subject === 'on_site' && breached.length > 1),
    )
  t.same(long, [])
  t.end()
})
