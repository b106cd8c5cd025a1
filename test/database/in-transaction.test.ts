import { type Kysely, sql } from 'kysely'
import t from 'tap'
import { inTransaction, isTransient } from '../../src/database/in-transaction.ts'
import type { Database } from '../../src/database/schema.ts'
import { createTestDatabase } from '../support/database.ts'

const raise = (db: Kysely<Database>, state: string) =>
  sql.raw(`do $$ begin raise exception using errcode = '${state}', message = 'planted'; end $$`).execute(db)

t.test('a transaction', async (t) => {
  const { db } = await createTestDatabase(t)

  await t.test('is run again from its beginning after what may pass', async (t) => {
    for (const state of ['40001', '40P01', '57P01', '57P02', '57P03', '08006']) {
      let attempts = 0
      const result = await inTransaction(db, async (trx) => {
        attempts += 1
        await sql`insert into streams (name, head_seq, head_hash, head_at)
          values (${state}, 0, '', '2026-01-01T00:00:00Z')`.execute(trx)
        if (attempts < 3) await raise(trx, state)
        return attempts
      })
      t.equal(result, 3, state)
      const { rows } = await sql<{
        n: number
      }>`select count(*) as n from streams where name = ${state}`.execute(db)
      t.equal(rows[0]?.n, 1, 'and leaves what its last attempt did')
    }
  })

  await t.test('is not run again after what will not pass', async (t) => {
    for (const state of ['23505', '55P03', '57014', 'P0001', '42501', '53300']) {
      let attempts = 0
      await t.rejects(
        inTransaction(db, async (trx) => {
          attempts += 1
          await raise(trx, state)
        }),
        { code: state },
      )
      t.equal(attempts, 1, state)
    }
  })

  await t.test('is given up after two seconds', async (t) => {
    const startedAt = performance.now()
    let attempts = 0
    await t.rejects(
      inTransaction(db, async (trx) => {
        attempts += 1
        await raise(trx, '40001')
      }),
      { code: '40001' },
    )
    t.ok(attempts > 3)
    const tookMs = performance.now() - startedAt
    t.ok(tookMs < 4_000, `${attempts} attempts in ${Math.round(tookMs)} ms`)
  })
})

t.test(
  'what the driver says of a broken connection may pass, and what anybody else says may not',
  async (t) => {
    const coded = (code: string) => Object.assign(new Error('planted'), { code })
    for (const error of [
      new Error('Connection terminated unexpectedly'),
      new Error('Connection terminated'),
      new Error('Client has encountered a connection error and is not queryable'),
      ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'EIO', 'ETIMEDOUT', '08003', '40001'].map(coded),
    ])
      t.ok(isTransient(error), error.message)
    for (const error of [
      new Error('planted'),
      new TypeError('undefined is not a function'),
      'Connection terminated',
      undefined,
      ...['23505', '55P03', 'ENOENT', ''].map(coded),
    ])
      t.notOk(isTransient(error), String(error))
  },
)
