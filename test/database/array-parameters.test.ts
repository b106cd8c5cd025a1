import fc from 'fast-check'
import { type RawBuilder, sql } from 'kysely'
import t from 'tap'
import {
  byteaArray,
  doubleArray,
  instantArray,
  integerArray,
  smallintArray,
  textArray,
  uuidArray,
} from '../../src/database/array-parameters.ts'
import { createTestDatabase } from '../support/database.ts'

const text = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '{', '}', ',', 'NULL', ' ', '社', '区', '😀', 'a'),
      maxLength: 100,
    }),
  )
  .filter((value) => !value.includes('\0'))
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2200, 0, 1) }),
  fc.integer({ min: -30_000_000_000_000, max: Date.UTC(9999, 11, 31) }),
)

t.test('what is sent as an array arrives as it was, nothing and nulls included', async (t) => {
  const { db } = await createTestDatabase(t)
  const arrivesAs =
    <T>(array: (values: readonly (T | null)[]) => RawBuilder<T[]>, element: RawBuilder<unknown>) =>
    async (values: (T | null)[]) => {
      const { rows } = await sql<{ value: T | null }>`
        select ${element} as value from unnest(${array(values)}) with ordinality as sent (value, no) order by no`.execute(
        db,
      )
      t.same(
        rows.map((row) => row.value),
        values,
      )
    }
  const column = sql.ref('value')
  const check = async <T>(
    name: string,
    values: fc.Arbitrary<T>,
    arrives: (values: (T | null)[]) => Promise<void>,
  ) => {
    await t.test(name, async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.option(values), { maxLength: 40 }), arrives), {
        numRuns: 60,
      })
    })
  }
  await check('text', text, arrivesAs(textArray, column))
  await check('uuid', fc.uuid(), arrivesAs(uuidArray, column))
  await check('smallint', fc.integer({ min: -32_768, max: 32_767 }), arrivesAs(smallintArray, column))
  await check('integer', fc.integer(), arrivesAs(integerArray, column))
  await check('double', fc.double({ noNaN: true }), arrivesAs(doubleArray, column))
  await check(
    'bytea',
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    arrivesAs(byteaArray, column),
  )
  await check('instant', instant, arrivesAs(instantArray, sql`(extract(epoch from value) * 1000)::int8`))
})

t.test('what its type cannot hold is refused, and nothing is cut off in silence', async (t) => {
  for (const value of [
    '',
    '黄石',
    '00000000-0000-7000-8000-00000000000g',
    '00000000-0000-7000-8000-0000000000000',
  ])
    t.throws(() => uuidArray([value]), TypeError)
  for (const value of [32_768, -32_769, 0.5, Number.NaN]) t.throws(() => smallintArray([value]), RangeError)
  for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5]) t.throws(() => integerArray([value]), RangeError)
  for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => instantArray([value]), RangeError)
})
