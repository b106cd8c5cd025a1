import t from 'tap'
import { plots } from '../../../src/demo/cases/plots.ts'
import type { CaseScript } from '../../../src/demo/cases/script.ts'
import { stories } from '../../../src/demo/cases/stories.ts'
import { type Duty, dutiesOf } from '../../../src/demo/judge/duties.ts'
import { type Conditions, playOnDomain } from '../cases/played-plot.ts'

const smooth: Conditions = { limits: 'own', pace: 1, lagMs: () => 0, travelMs: () => 10 }
const texts = { answer: '已派人前往。', result: '已处理完毕。' }

/** Who was accountable for what in a case, by the codes of the parties, and the seconds since receipt. */
async function dutiesIn(script: Pick<CaseScript, 'steps'>): Promise<readonly Duty[]> {
  const [incident] = (await playOnDomain(script, smooth)).incidents
  const deadlines = incident?.deadlines ?? []
  return dutiesOf(deadlines.map((row) => ({ ...row, accountable: { name: row.accountable.code } })))
}

const told = ({ subject, no, spans, end }: Duty): string =>
  `${subject} ${no}: ${spans.map(({ name, breached }) => `${name}${breached ? ' late' : ''}`).join(' → ')} ${end}`

t.test(
  'whoever took over was accountable from then on, and whoever let it run out is said to have',
  async (t) => {
    t.same((await dutiesIn({ steps: plots.came_very_late.steps(texts) })).map(told), [
      'report 1: 420202007001 kept',
      'feedback 1: 420202007001 kept',
      'on_site 1: 420202007001 late → 420202007000 late → 420202000000 kept_late',
      'unit 1: 420202-fire-rescue late kept_late',
    ])
    t.match((await dutiesIn({ steps: plots.never_came.steps(texts) })).map(told).slice(2), [
      /^on_site 1: .* → 420202000000 late unkept$/,
      'unit 1: 420202-fire-rescue late unkept',
    ])
  },
)

t.test('somebody is accountable for each promise of a case at every instant until it is kept', async (t) => {
  for (const script of [...stories, { steps: plots.came_last_of_all.steps(texts) }]) {
    const duties = (await dutiesIn(script)).filter(({ subject }) => subject !== 'unit')
    for (const { spans } of duties)
      for (const [index, { from }] of spans.entries())
        t.ok(index === 0 || spans[index - 1]?.to === from, 'nobody else in between')
    t.ok(duties.every(({ spans }) => spans.every(({ from, to }) => to !== null && to > from)))
  }
})

t.test('a unit that returned the case, and a clock that stood still, are told of', async (t) => {
  const [joint, , paused] = stories
  if (joint === undefined || paused === undefined) throw new Error('There are four stories')
  t.same((await dutiesIn(joint)).filter(({ subject }) => subject === 'unit').map(told), [
    'unit 1: 420203-city-management returned',
    'unit 2: 420203-fire-rescue kept',
    'unit 3: 420203-water-repair kept',
  ])
  const onSite = (await dutiesIn(paused)).find(({ subject }) => subject === 'on_site')
  t.ok((onSite?.spans.at(-1)?.pausedMs ?? 0) > 7_000, 'for nearly as long as was asked for')
})

t.test('whoever was approved a pause comes after the first due time, and in time all the same', async (t) => {
  const story = stories.find(({ id }) => id === 'story-paused')
  if (story === undefined) throw new Error('There is such a story')
  const [incident] = (await playOnDomain(story, smooth)).incidents
  const kept = (incident?.deadlines ?? []).filter(
    ({ promise, state }) => promise === 'on_site' && state === 'met',
  )
  t.equal(kept.length, 2, 'that of the street and that of the unit')
  for (const { settledAt, dueAt, pausedMs } of kept) {
    t.ok((settledAt ?? 0) > dueAt - pausedMs, 'it would have been late')
    t.ok((settledAt ?? Number.POSITIVE_INFINITY) <= dueAt, 'it was not')
  }
})
