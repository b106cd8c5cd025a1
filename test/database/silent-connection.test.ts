import { sql } from 'kysely'
import t from 'tap'
import { type FaultyProxy, openFaultyProxy } from '../../chaos/faulty-proxy.ts'
import { isTransient } from '../../src/database/in-transaction.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open-database.ts'
import { createTestDatabase } from '../support/database.ts'

const limitMs = 400

/** A database behind a proxy that can fall silent, with one connection, which is open. */
async function behindProxy(
  t: Parameters<typeof createTestDatabase>[0],
  answerLimitMs = limitMs,
): Promise<OpenDatabase & { proxy: FaultyProxy }> {
  const { url } = await createTestDatabase(t)
  const proxy = await openFaultyProxy(Number(new URL(url).port))
  t.teardown(() => proxy.close())
  const through = new URL(url)
  through.port = String(proxy.port)
  const database = openDatabase({ url: through.href, poolMax: 1, applicationName: 'silence', answerLimitMs })
  t.teardown(() => database.close())
  await sql`select 1`.execute(database.db)
  return { ...database, proxy }
}

t.test('a connection that falls silent is given up, and its place in the pool is free again', async (t) => {
  const { db, proxy } = await behindProxy(t)
  proxy.swallow()
  const error = await sql`select 1`.execute(db).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  t.ok(isTransient(error), String(error))
  proxy.pass()
  t.same((await sql<{ one: number }>`select 1 as one`.execute(db)).rows, [{ one: 1 }])
})

t.test('within a transaction too', async (t) => {
  const { db, proxy } = await behindProxy(t)
  const lost = db.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx)
    proxy.swallow()
    await sql`select 2`.execute(trx)
  })
  await t.rejects(lost, /Connection terminated|not queryable|connection error/)
  proxy.pass()
  await t.resolves(sql`select 1`.execute(db))
})

t.test('an idle connection may be silent for longer, and so may nobody’s answer', async (t) => {
  const { db, pool } = await behindProxy(t)
  const before = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  await new Promise((resolve) => setTimeout(resolve, 3 * limitMs))
  const after = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)
  t.same(after.rows, before.rows, 'it is the same connection')
  t.equal(pool.totalCount, 1)
})

t.test('an answer that comes within the limit is waited for', async (t) => {
  const { db } = await behindProxy(t)
  await t.resolves(sql`select pg_sleep(${limitMs / 2 / 1_000}::float8)`.execute(db))
})
