import t from 'tap'
import { readOutput } from '../../bench/pgbench.ts'
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

t.test('what pgbench prints at its end is read, and anything else is refused', async (t) => {
  const text = `number of transactions actually processed: 17486
latency average = 7.310 ms
tps = 8743.123456 (without initial connection time)
`
  t.same(readOutput(text), { perSecond: 8743.123456, latencyMs: 7.31, transactions: 17486 })
  t.throws(() => readOutput('pgbench: error'))
})
