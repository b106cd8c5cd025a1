import fc from 'fast-check'
import t from 'tap'
import { createFairQueue } from '../../src/incidents/fair-queue.ts'

function queueOf(entries: readonly (readonly [string, number])[]) {
  const queue = createFairQueue<string>()
  for (const [principal, no] of entries) queue.add(principal, `${principal}${no}`)
  return queue
}

t.test('each principal has its turn, and each its own order', async (t) => {
  const queue = queueOf([
    ['a', 1],
    ['a', 2],
    ['a', 3],
    ['b', 1],
    ['c', 1],
    ['c', 2],
  ])
  t.same(queue.take(4), ['a1', 'b1', 'c1', 'a2'])
  t.equal(queue.size, 2)
  queue.add('d', 'd1')
  t.same(queue.take(10), ['c2', 'a3', 'd1'], 'a turn goes on where it was broken off')
  t.same(queue.take(10), [])
  t.equal(queue.size, 0)
})

t.test('who sends most makes room', async (t) => {
  const queue = queueOf([
    ['a', 1],
    ['b', 1],
    ['b', 2],
    ['b', 3],
    ['c', 1],
    ['c', 2],
  ])
  t.equal(queue.takeFromLongest(), 'b3')
  t.equal(queue.size, 5)
  t.same(queue.take(10), ['a1', 'b1', 'c1', 'b2', 'c2'])
  t.equal(queue.takeFromLongest(), undefined)
})

t.test('what is removed is not taken, and what is not there is not counted', async (t) => {
  const queue = queueOf([
    ['a', 1],
    ['a', 2],
  ])
  queue.remove('a', 'a1')
  queue.remove('a', 'a1')
  queue.remove('b', 'b1')
  t.equal(queue.size, 1)
  t.same(queue.take(10), ['a2'])
})

t.test('nothing is lost or doubled, and nobody waits for more than one turn of all others', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd')),
      fc.integer({ min: 1, max: 5 }),
      (senders, step) => {
        const entries = senders.map((principal, no) => [principal, no] as const)
        const queue = queueOf(entries)
        const taken: string[] = []
        while (queue.size > 0) taken.push(...queue.take(step))
        t.same(taken.toSorted(), entries.map(([principal, no]) => `${principal}${no}`).toSorted())
        for (const principal of new Set(senders)) {
          const first = taken.findIndex((entry) => entry.startsWith(principal))
          const before = taken.slice(0, first).map((entry) => entry.charAt(0))
          t.equal(new Set(before).size, before.length, 'nobody else twice before the first of each')
        }
      },
    ),
    { numRuns: 100 },
  )
})
