import t from 'tap'
import { z } from 'zod'
import { readCsv } from '../../src/csv/read-csv.ts'
import { countTurns } from './count-turns.ts'

t.test(
  'a large file is checked a few rows at a time, and the process does other things in between',
  async (t) => {
    const lines = Array.from({ length: 20_000 }, (_, no) => `u-${no},第${no}物业服务站\n`)
    const turns = countTurns(t)
    const perTurn = new Map<number, number>()
    const row = z.strictObject({ code: z.string(), name: z.string() }).transform((read) => {
      perTurn.set(turns.count, (perTurn.get(turns.count) ?? 0) + 1)
      return read
    })
    // All of it at once, as a proxy that has buffered it sends it.
    async function* source() {
      yield Buffer.from(`code,name\n${lines.join('')}`)
    }
    const { rows } = await readCsv(source(), { columns: { required: ['code', 'name'] }, row })
    t.equal(rows.length, 20_000)
    t.match(rows.at(-1), { line: 20_001, row: { code: 'u-19999', name: '第19999物业服务站' } })
    t.ok(Math.max(...perTurn.values()) <= 500, `${Math.max(...perTurn.values())} rows in one turn`)
  },
)

t.test('a character that lies across two pieces is read as one', async (t) => {
  const row = z.strictObject({ name: z.string() })
  const names = Array.from({ length: 3_000 }, (_, no) => `${'x'.repeat(no % 7)}吹哨报到`)
  async function* source() {
    yield Buffer.from(`name\n${names.join('\n')}\n`)
  }
  const { rows } = await readCsv(source(), { columns: { required: ['name'] }, row })
  t.same(
    rows.map((read) => read.row.name),
    names,
  )
})
