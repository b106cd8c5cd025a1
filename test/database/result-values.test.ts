import fc from 'fast-check'
import { sql } from 'kysely'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'

t.test('instants, numbers and lists of texts come out of the database as they went in', async (t) => {
  const { db } = await createTestDatabase(t)
  const instant = fc.oneof(
    fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2200, 0, 1) }),
    fc.integer({ min: Date.UTC(101, 0, 1), max: Date.UTC(9999, 11, 31) }),
    fc.constantFrom(0, 1, 10, 100, 1000, Date.UTC(1999, 11, 31, 23, 59, 59, 999)),
  )
  const text = fc
    .oneof(
      fc.string({ unit: fc.constantFrom('4', '2', '0', '-', 'N', 'U', 'L', 'n', 'u', 'l') }),
      fc.string({ unit: fc.constantFrom(',', '"', '\\', '{', '}', ' ', '社', '区') }),
      fc.constantFrom('NULL', 'null', '', '420202007003-001'),
      fc.string({ unit: 'binary' }),
    )
    .filter((each) => !each.includes('\0'))
  await fc.assert(
    fc.asyncProperty(
      instant,
      fc.array(fc.option(text), { maxLength: 6 }),
      fc.maxSafeInteger(),
      async (at, texts, number) => {
        const { rows } = await sql<{ at: number; texts: string[]; number: number }>`
        select ${new Date(at).toISOString()}::timestamptz(3) as at, ${texts}::text[] as texts, ${number}::int8 as number`.execute(
          db,
        )
        t.same(rows, [{ at, texts, number }])
      },
    ),
    { numRuns: 300 },
  )
})

t.test('instants that no Date can hold are no number', async (t) => {
  const { db } = await createTestDatabase(t)
  const { rows } = await sql<{ at: number }>`
    select at::timestamptz from unnest(array['infinity', '-infinity', '0044-03-15 12:00:00+00 BC']) as at`.execute(
    db,
  )
  t.same(
    rows.map(({ at }) => at),
    [Number.NaN, Number.NaN, Number.NaN],
  )
})
