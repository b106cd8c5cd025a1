import t from 'tap'
import { distributionOf, median, ratios, spread, trimmedSpread } from '../../bench/statistics.ts'

t.test('the median is the middle value, or the mean of the two in the middle', async (t) => {
  t.equal(median([9, 1, 5]), 5)
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.equal(median([7]), 7)
  t.ok(Number.isNaN(median([])))
})

t.test('the spread is the range as a share of the median', async (t) => {
  t.equal(spread([90, 100, 110]), 0.2)
  t.equal(spread([100]), 0, 'one round has none')
  t.equal(spread([0, 0, 0]), 0, 'nothing that never happened is unsteady')
})

t.test(
  'a single hiccup among many readings does not make a yardstick unsteady, a second level does',
  async (t) => {
    const steady = Array.from({ length: 40 }, (_, index) => 100 + (index % 3))
    t.ok(trimmedSpread([...steady, 20]) < 0.05)
    t.ok(trimmedSpread([...steady.slice(0, 20), ...steady.slice(0, 20).map((value) => value / 2)]) > 0.5)
  },
)

t.test('ratios pair the rounds that ran beside each other', async (t) => {
  t.same(ratios([10, 40], [5, 10]), [2, 4])
  t.same(ratios([10, 40, 90], [5, 10]), [2, 4], 'the shorter series says how many there are')
  t.same(ratios([10], []), [])
})

t.test('a distribution names the nearest ranks', async (t) => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1)
  t.same(distributionOf(values), { p50: 50, p99: 99, max: 100 })
})
