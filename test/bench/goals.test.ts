import t from 'tap'
import { bestOf, judgeGoals, meets } from '../../bench/goals.ts'
import { createMeasurements, type FigureKind, type Measurements } from '../../bench/measurements.ts'

const label = { zh: '收报', en: 'intake' }

function add(measurements: Measurements, name: string, incidents: number, ...values: number[]): void {
  const kind: FigureKind = { part: 'deadlines', name, label, unit: '/s' }
  for (const value of values) measurements.add(kind, incidents, value)
}

function verdictOn(measurements: Measurements, name: string) {
  const goal = judgeGoals(measurements).find((one) => one.name === name)
  return goal === undefined ? undefined : [goal.verdict, goal.value]
}

t.test('a value that is exactly the limit reaches the goal', async (t) => {
  t.ok(meets(0.8, { comparison: 'at_least', limit: 0.8 }))
  t.notOk(meets(0.799, { comparison: 'at_least', limit: 0.8 }))
  t.ok(meets(50, { comparison: 'at_most', limit: 50 }))
  t.notOk(meets(50.1, { comparison: 'at_most', limit: 50 }))
})

t.test('a goal that nothing was measured for is neither reached nor missed', async (t) => {
  const verdicts = new Set(judgeGoals(createMeasurements()).map(({ verdict }) => verdict))
  t.same([...verdicts], ['not_measured'])
})

t.test('a ratio is the median of the rounds’ own ratios, not the ratio of the medians', async (t) => {
  const measurements = createMeasurements()
  add(measurements, 'intake.ours.rate', 1_000, 90, 200, 40)
  add(measurements, 'intake.pgbench.rate', 1_000, 100, 400, 50)
  t.same(verdictOn(measurements, 'intake-of-pgbench'), ['reached', 0.8])
  add(measurements, 'intake.obvious.rate', 1_000, 10, 100, 10)
  t.same(verdictOn(measurements, 'intake-of-obvious'), ['missed', 4])
})

t.test('goals hold at the largest size that was measured', async (t) => {
  const measurements = createMeasurements()
  add(measurements, 'deadlines.ours.p99', 1_000, 10)
  add(measurements, 'deadlines.ours.p99', 100_000, 400)
  t.same(verdictOn(measurements, 'deadlines-lag'), ['missed', 400])
})

t.test('the goal of the board is about one of a hundred thousand open cases', async (t) => {
  const measurements = createMeasurements()
  add(measurements, 'reads.board.p95', 10_000, 5)
  add(measurements, 'reads.board.cases', 10_000, 99_999)
  t.same(verdictOn(measurements, 'reads-board'), ['not_measured', null])
  add(measurements, 'reads.board.p95', 1_000_000, 51)
  add(measurements, 'reads.board.cases', 1_000_000, 100_000)
  t.same(verdictOn(measurements, 'reads-board'), ['missed', 51])
})

t.test('growth compares the two largest sizes', async (t) => {
  const measurements = createMeasurements()
  add(measurements, 'deadlines.ours.rate', 1_000, 50_000)
  t.same(verdictOn(measurements, 'deadlines-growth'), ['not_measured', null], 'one size is no growth')
  add(measurements, 'deadlines.ours.rate', 10_000, 10_000)
  add(measurements, 'deadlines.ours.rate', 100_000, 7_000)
  t.same(verdictOn(measurements, 'deadlines-growth'), ['missed', 0.7])
})

t.test('the best batched peer is the one with the best median', async (t) => {
  const measurements = createMeasurements()
  add(measurements, 'deadlines.bullmq-batched.rate', 1_000, 9_000, 1_000, 1_000)
  add(measurements, 'deadlines.pg-boss-batched.rate', 1_000, 2_000, 2_000, 2_000)
  add(measurements, 'deadlines.ours.rate', 1_000, 6_000, 6_000, 6_000)
  t.same(
    bestOf(measurements, ['deadlines.bullmq-batched.rate', 'deadlines.pg-boss-batched.rate']),
    [2_000, 2_000, 2_000],
  )
  t.same(verdictOn(measurements, 'deadlines-of-batched'), ['reached', 3])
})
