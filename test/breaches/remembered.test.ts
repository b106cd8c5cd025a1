import t from 'tap'
import { remembered } from '../../src/breaches/remembered.ts'

t.test('what is made is kept, and no more than so many', async (t) => {
  const made: string[] = []
  const pieces = remembered(2, (key: string) => {
    made.push(key)
    return `${key}!`
  })
  for (const key of ['a', 'b', 'a', 'b']) t.equal(pieces.get(key), `${key}!`)
  t.same(made, ['a', 'b'])
  t.equal(pieces.get('c'), 'c!')
  t.notOk(pieces.has('a'))
  t.ok(pieces.has('c'))
})
