import t from 'tap'
import { readProgress, readRate } from '../../bench/pgbench.ts'
import { monthBefore } from '../../bench/read-part.ts'
import { insertLike, instantOf, literal } from '../../bench/row-copy.ts'
import { createTestDatabase } from '../support/database.ts'

t.test('any text comes back from the database as it was, and pgbench finds no variable in it', async (t) => {
  const { pool } = await createTestDatabase(t)
  for (const text of [
    '{"at":"2026-11-22T08:00:00Z","说明":"堵住了"}',
    String.raw`it's \n :name`,
    'two\nlines',
    '',
  ]) {
    const sql = literal(text, 'text')
    t.notMatch(sql, ':')
    const { rows } = await pool.query(`select ${sql} as text`)
    t.equal(rows[0]?.text, text)
  }
  t.equal(literal(null, 'text'), 'null')
})

t.test('a row is written like its sample, but for what is told', async (t) => {
  const row = {
    table: 'reports',
    columns: [
      { name: 'id', type: 'uuid', text: 'a' },
      { name: 'address', type: 'text', text: null },
      { name: 'description', type: 'text', text: '堵' },
    ],
  }
  const sql = insertLike(row, 'fresh', ({ name }) => (name === 'id' ? 'fresh.id' : undefined))
  t.equal(
    sql,
    "insert into reports (id, address, description) select fresh.id, null, cast(U&'堵' as text) from fresh",
  )
})

t.test('instants are read as Postgres prints them', async (t) => {
  t.equal(instantOf('2026-11-22 00:10:04.5+00'), Date.UTC(2026, 10, 22, 0, 10, 4, 500))
  t.throws(() => instantOf('yesterday'))
})

t.test('a month of the report begins and ends with the first of a month', async (t) => {
  t.same(monthBefore(new Date('2026-11-22T00:00:00Z'), 1), ['2026-10-01', '2026-11-01'])
  t.same(monthBefore(new Date('2027-01-31T00:00:00Z'), 1), ['2026-12-01', '2027-01-01'])
  t.same(monthBefore(new Date('2027-01-31T00:00:00Z'), 3), ['2026-10-01', '2026-11-01'])
})

t.test('rates are read from what pgbench prints, and anything else is refused', async (t) => {
  t.equal(
    readRate('latency average = 7.310 ms\ntps = 8743.123456 (without initial connection time)\n'),
    8743.123456,
  )
  t.throws(() => readRate('pgbench: error'))
  const progress = [10, 90, 100, 110]
    .map((rate, second) => `progress: ${second + 1}.0 s, ${rate}.0 tps, lat 7.3 ms stddev 1.0, 0 failed`)
    .join('\n')
  t.equal(readProgress(progress, 1), 100, 'without the seconds of warming up')
  t.equal(readProgress(progress, 4), 110, 'or the last one')
  t.throws(() => readProgress('pgbench: error', 1))
})
