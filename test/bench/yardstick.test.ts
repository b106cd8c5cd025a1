import t from 'tap'
import { exitCodeOf, judge, spin, spreadLimits, verdictOn } from '../../bench/yardstick.ts'

const label = { zh: '处理器', en: 'processor' }

t.test('a steady machine ends with 0, whatever the goals are', async (t) => {
  const yardstick = judge('processor', label, [100, 104, 98, 101])
  t.ok(yardstick.steady)
  t.equal(exitCodeOf(verdictOn([yardstick], [])), 0)
  t.equal(exitCodeOf(verdictOn([], [])), 0)
})

t.test('one unsteady yardstick makes the run say nothing: 3', async (t) => {
  const steady = judge('processor', label, [100, 104, 98, 101])
  const unsteady = judge('database', label, [1_000, 400, 1_000])
  t.notOk(unsteady.steady)
  t.equal(exitCodeOf(verdictOn([steady, unsteady], [])), 3)
})

t.test('a part that could not be measured makes the run a failed one: 1', async (t) => {
  const failure = { part: 'backlog', what: 'all that is left of it', error: 'not drained' } as const
  t.equal(verdictOn([judge('processor', label, [100, 101])], [failure]), 'broken')
  t.equal(exitCodeOf('broken'), 1)
  t.equal(exitCodeOf('unfinished'), 1)
})

t.test('a spread that is exactly the limit is still steady', async (t) => {
  const { database: limit } = spreadLimits
  t.ok(judge('database', label, [100, 100 * (1 + limit), 100]).steady)
  t.notOk(judge('database', label, [100, 101 * (1 + limit), 100]).steady)
})

t.test('the processor’s yardstick does work', async (t) => {
  t.ok(spin() > 0)
})
