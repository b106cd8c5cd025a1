import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { arrivalOf, readBostonCases } from '../../../src/demo/cases/boston-cases.ts'
import { sortCase } from '../../../src/demo/cases/boston-categories.ts'
import { readCityMap } from '../../../src/demo/cases/city-map.ts'
import { compareVerdicts } from '../../../src/demo/judge/verdict.ts'
import { closestCalls } from '../../../src/demo/play/closest-call.ts'
import { demoLimits } from '../../../src/demo/play/demo-policy.ts'
import { projectRoot } from '../../../src/project-root.ts'
import { playOnDomain } from './played-plot.ts'

const map = await readCityMap()
const hour = 60 * 60 * 1000
const openedAt = Date.UTC(2022, 0, 3, 15)
const arriving = (limits: number | null) =>
  arrivalOf({
    openedAt,
    targetAt: openedAt + 10 * hour,
    closedAt: limits === null ? null : openedAt + limits * 10 * hour,
  })

t.test('a responder arrives when as many limits have passed as the city took', (t) => {
  t.match(arriving(0.84), { arrival: { rungsLate: 0, share: 0.84 }, breached: [] })
  t.match(arriving(1), { arrival: { rungsLate: 0, share: 1 }, breached: [] }, 'at the target is in time')
  t.match(arriving(1.25), { arrival: { rungsLate: 1, share: 0.25 }, breached: ['community'] })
  t.match(arriving(2.5), { arrival: { rungsLate: 2, share: 0.5 }, breached: ['community', 'street'] })
  t.match(arriving(3.5), {
    arrival: { rungsLate: 3, share: 0.5 },
    breached: ['community', 'street', 'district'],
  })
  t.match(arriving(40), { arrival: { rungsLate: 3, share: 1.5 } }, 'but the show has an end')
  t.match(arriving(-1), { arrival: { kind: 'at_once' }, breached: [] })
  t.end()
})

t.test(
  'a responder never comes where the case was never closed, and at once where nothing was promised',
  (t) => {
    t.match(arriving(null), { arrival: null, breached: ['community', 'street', 'district'] })
    for (const closedAt of [null, openedAt + hour])
      t.match(arrivalOf({ openedAt, targetAt: null, closedAt }), {
        arrival: { kind: 'at_once' },
        breached: [],
      })
    t.end()
  },
)

const head =
  'case_enquiry_id,open_dt,target_dt,closed_dt,ontime,closure_reason,case_title,subject,reason,type,neighborhood,source,other'
const made = [
  '1,2022-01-03 10:00:00,2022-01-03 20:00:00,2022-01-03 22:30:00,OVERDUE,"Filled,  patched",Hole in Elm St,Works,Street Repair,Pothole,Elm Hill,Citizen App,x',
  '2,2022-03-12 12:00:00,2022-03-13 12:00:00,2022-03-13 00:00:00,ONTIME, ,Lamp out,Works,Lamps,Light Outage,Oak Park,City Worker App,x',
  '3,2022-01-03 10:00:00,2022-01-04 10:00:00,,OVERDUE, ,Music at night,Police,Noise,Loud music,Elm Hill,Phone,x',
]
function fileOf(lines: readonly string[]): string {
  const path = join(t.testdir(), 'cases.csv')
  writeFileSync(path, lines.join('\r\n'))
  return path
}

t.test('texts and sources stay real, categories become ours, places are in Huangshi', async (t) => {
  const { cases } = await readBostonCases(fileOf([head, ...made]), map)
  t.match(cases, [
    {
      id: 'boston-1',
      reporter: 'resident',
      report: {
        categoryCode: 'road_damage',
        description: /^Hole in Elm St\nWorks › Street Repair › Pothole\nCitizen App$/,
        occurredAt: '2022-01-03T15:00:00.000Z',
      },
    },
    { id: 'boston-2', reporter: 'grid_worker', report: { categoryCode: 'street_light' } },
    { id: 'boston-3', report: { categoryCode: 'noise' } },
  ])
  for (const { report, unitCode } of cases) {
    const community = map.area(report.areaCode)
    t.equal(community.kind, 'community')
    t.ok(report.address.endsWith(community.name))
    t.ok(unitCode.startsWith(report.areaCode.slice(0, 6)))
  }
  const streets = cases.map(({ report }) => map.parentOf(report.areaCode).code)
  t.equal(streets[0], streets[2], 'a neighbourhood is one street')
  t.not(streets[0], streets[1])
  t.not(cases[0]?.report.areaCode, cases[2]?.report.areaCode, 'and goes round its communities')
  t.same((await readBostonCases(fileOf([head, ...made]), map)).cases, cases, 'the same each time')
})

t.test('a day on which the clocks change is as long as it is', async (t) => {
  const { cases } = await readBostonCases(fileOf([head, ...made]), map)
  const arrival = cases[1]?.steps.find(({ act }) => act === 'arrive')
  // 12 of 23 hours: the clocks go forward between the two.
  t.match(arrival, { when: { rungsLate: 0, share: 12 / 23 } })
})

t.test('the city says which were late, and is asked only afterwards', async (t) => {
  const { cases, readLateBySource } = await readBostonCases(fileOf([head, ...made]), map)
  t.same(
    await readLateBySource?.(),
    new Map([
      ['boston-1', true],
      ['boston-2', false],
      ['boston-3', true],
    ]),
  )
  const changed = made.map((line) => line.replace('OVERDUE', 'ONTIME'))
  t.same(
    (await readBostonCases(fileOf([head, ...changed]), map)).cases,
    cases,
    'nothing that is played depends on it',
  )
})

t.test('a file that is none of these is refused with the case that is wrong', async (t) => {
  await t.rejects(readBostonCases(fileOf(['a,b', '1,2']), map), { message: 'Case 1 of the file is not' })
  const late = made.map((line) => line.replace('2022-01-04 10:00:00', 'tomorrow'))
  await t.rejects(readBostonCases(fileOf([head, ...late]), map), { message: 'Case 3 of the file is not' })
  await t.rejects(readBostonCases(fileOf([head, '"open']), map), { message: 'The file is no CSV' })
  await t.rejects(readBostonCases(fileOf([head]), map), { message: 'The file has 0 cases' })
})

t.test('what no word fits is sorted as other', (t) => {
  t.same(sortCase('Quidditch', 'Broom'), { category: 'other', service: 'city-management' })
  t.end()
})

const boston = join(projectRoot, '..', 'shared', 'data', 'boston311-100.csv')
t.test(
  'the hundred cases of Boston come to the verdicts of their city',
  { skip: !existsSync(boston) && 'boston311-100.csv, which is not ours to ship, is not in ../shared/data' },
  async (t) => {
    const { cases, readLateBySource } = await readBostonCases(boston, map)
    const lateBySource = await readLateBySource?.()
    const breached = { community: 0, street: 0, district: 0, unit: 0 }
    for (const script of cases) {
      for (const lagMs of [0, 6_000]) {
        const { verdicts } = await playOnDomain(script, {
          limits: 'equal',
          pace: 1,
          lagMs: () => lagMs,
          travelMs: () => 50,
        })
        t.same(compareVerdicts(script.expected, verdicts), [], `${script.id}, found ${lagMs} ms late`)
        const onSite = verdicts.find(({ subject }) => subject === 'on_site')
        t.equal((onSite?.breached.length ?? 0) > 0, lateBySource?.get(script.id))
        if (lagMs > 0) continue
        for (const rung of verdicts.flatMap((verdict) => verdict.breached))
          if (rung in breached) breached[rung === 'grid' || rung === 'city' ? 'unit' : rung] += 1
      }
    }
    t.equal([...(lateBySource?.values() ?? [])].filter(Boolean).length, 17)
    t.same(breached, { community: 17, street: 15, district: 13, unit: 17 })
    const { beforeMs, afterMs } = closestCalls(cases, demoLimits('equal', 1).limits)
    t.ok(beforeMs > 1_500 && afterMs > 150, `${beforeMs} ms before and ${afterMs} ms after a due time`)
  },
)
