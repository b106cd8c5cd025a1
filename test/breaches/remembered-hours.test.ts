import t from 'tap'
import { createShanghaiTimes } from '../../src/breaches/remembered-hours.ts'
import { toShanghaiTime } from '../../src/wording/shanghai-time.ts'

t.test('an instant is written as everywhere else', async (t) => {
  const write = createShanghaiTimes()
  const start = Date.parse('2023-12-31T15:59:59.999Z')
  // More hours than are remembered, each several times; the last ones before the epoch.
  const instants = Array.from({ length: 10_000 }, (_, n) => start + (n % 5_000) * 7_654_321)
  t.same(
    [...instants, 0, -1, -3_600_001].filter((at) => write(at) !== toShanghaiTime(at)),
    [],
  )
  t.throws(() => write(Number.NaN), RangeError)
})
