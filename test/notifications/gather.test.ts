import t from 'tap'
import { gather } from '../../src/notifications/gather.ts'
import { eventually } from '../queues/eventually.ts'

t.test(
  'one call is under way, and what is asked for meanwhile goes into the next, in order and bounded',
  async (t) => {
    const batches: (readonly number[])[] = []
    let underWay = 0
    const double = gather(async (items: readonly number[]) => {
      batches.push(items)
      underWay += 1
      t.equal(underWay, 1)
      await eventually(() => true, 100)
      underWay -= 1
      return (item) => item * 2
    }, 3)
    t.same(await Promise.all([1, 2, 3, 4, 5, 6].map(double)), [2, 4, 6, 8, 10, 12])
    t.same(batches, [[1], [2, 3, 4], [5, 6]])
    t.equal(await double(7), 14, 'and it goes on afterwards')
  },
)

t.test('what fails is told to those whose batch it was, and to nobody else', async (t) => {
  let calls = 0
  const work = gather(async (_: readonly string[]) => {
    calls += 1
    if (calls === 2) throw new Error('数据库没了')
    return (item) => item
  }, 2)
  const outcomes = await Promise.allSettled(['一', '二', '三', '四'].map(work))
  t.same(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
})
