import t from 'tap'
import { localTimeReader } from '../../../src/demo/cases/local-time.ts'

const read = localTimeReader('America/New_York')
const at = (text: string): string => new Date(read(text)).toISOString()

t.test('local times are read in winter and in summer', (t) => {
  t.equal(at('2022-01-21 13:47:00'), '2022-01-21T18:47:00.000Z')
  t.equal(at('2022-05-20 13:03:21'), '2022-05-20T17:03:21.000Z')
  t.equal(at('2022-12-31 23:59:59'), '2023-01-01T04:59:59.000Z')
  t.end()
})

t.test('a time that is shown twice is the first one, one that is skipped is an hour later', (t) => {
  t.equal(at('2022-11-06 00:59:59'), '2022-11-06T04:59:59.000Z')
  t.equal(at('2022-11-06 01:30:00'), '2022-11-06T05:30:00.000Z')
  t.equal(at('2022-11-06 02:00:00'), '2022-11-06T07:00:00.000Z')
  t.equal(at('2022-03-13 01:59:59'), '2022-03-13T06:59:59.000Z')
  t.equal(at('2022-03-13 02:30:00'), '2022-03-13T07:30:00.000Z')
  t.equal(at('2022-03-13 03:00:00'), '2022-03-13T07:00:00.000Z')
  t.end()
})

t.test('other texts are refused', (t) => {
  for (const text of ['', 'tomorrow', '2022-01-21', '2022-01-21T13:47:00Z'])
    t.throws(() => read(text), { message: 'is no local time' })
  t.end()
})
