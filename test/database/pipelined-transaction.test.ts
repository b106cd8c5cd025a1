import { CompiledQuery, type DatabaseConnection, type Dialect, Kysely, sql } from 'kysely'
import t from 'tap'
import { openFaultyProxy } from '../../chaos/faulty-proxy.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { postgresDialect } from '../../src/database/postgres-driver.ts'
import type { Database } from '../../src/database/schema.ts'
import { createTestDatabase } from '../support/database.ts'

const addStream = (name: string) => sql`insert into streams (name, head_seq, head_hash, head_at)
  values (${name}, 0, '', '2026-01-01T00:00:00Z')`
const countStreams = async (db: Kysely<Database>, name: string) =>
  (await sql<{ n: number }>`select count(*) as n from streams where name = ${name}`.execute(db)).rows[0]?.n

t.test('statements that are issued at once', async (t) => {
  const { db, url } = await createTestDatabase(t)

  await t.test('take one round trip, however many they are', async (t) => {
    const lateMs = 100
    const proxy = await openFaultyProxy(Number(new URL(url).port))
    t.teardown(() => proxy.close())
    const through = new URL(url)
    through.port = String(proxy.port)
    const far = openDatabase({ url: through.href, poolMax: 1, applicationName: 'far' })
    t.teardown(() => far.close())
    await sql`select 1`.execute(far.db)
    proxy.slow(lateMs)
    const startedAt = performance.now()
    await inTransaction(far.db, (trx) =>
      Promise.all(Array.from({ length: 10 }, (_, n) => sql`select ${n}::int as n`.execute(trx))),
    )
    const trips = (performance.now() - startedAt) / (2 * lateMs)
    t.ok(trips < 3, `begin and ten statements in one, commit in another: ${trips.toFixed(1)}`)
  })

  await t.test('are carried out in their order, reading after writing too', async (t) => {
    const [, found] = await inTransaction(db, (trx) =>
      Promise.all([addStream('顺序').execute(trx), countStreams(trx, '顺序')]),
    )
    t.equal(found, 1)
  })

  await t.test('fail together: nothing of what came before or after stays', async (t) => {
    await t.rejects(
      inTransaction(db, (trx) =>
        Promise.all([
          addStream('之前').execute(trx),
          sql`select 1 / 0`.execute(trx),
          addStream('之后').execute(trx),
        ]),
      ),
      { code: '22012' },
    )
    t.equal(await countStreams(db, '之前'), 0)
    t.equal(await countStreams(db, '之后'), 0)
    t.equal(await inTransaction(db, async () => '照常'), '照常', 'and the connection can be used')
  })

  await t.test('fail of what went wrong first, whichever of them is heard of first', async (t) => {
    const waited = async (what: Promise<unknown>): Promise<void> => {
      await Promise.all([Promise.all([what])])
    }
    await t.rejects(
      inTransaction(db, (trx) =>
        Promise.all([waited(sql`select 1 / 0`.execute(trx)), sql`select 1`.execute(trx)]),
      ),
      { code: '22012' },
    )
  })
})

t.test('where the transaction cannot begin, nothing is written', async (t) => {
  const { pool, db } = await createTestDatabase(t)
  const broken = new Kysely<Database>({ dialect: withoutBegin(postgresDialect(pool)) })
  const write = inTransaction(broken, (trx) => addStream('无事务').execute(trx))
  await t.rejects(write, { code: '22012' })
  const writeAfterReading = inTransaction(broken, async (trx) => {
    await sql`select 1`.execute(trx)
    await addStream('无事务').execute(trx)
  })
  await t.rejects(writeAfterReading, { code: '22012' })
  const writeBesideReading = inTransaction(broken, (trx) =>
    Promise.all([sql`select 1`.execute(trx), addStream('无事务').execute(trx), sql`select 2`.execute(trx)]),
  )
  await t.rejects(writeBesideReading, { code: '22012' })
  t.equal(await countStreams(db, '无事务'), 0)
})

/** The same database, on which no transaction can begin. */
function withoutBegin(dialect: Dialect): Dialect {
  return {
    ...dialect,
    createDriver() {
      const driver = dialect.createDriver()
      const originals = new WeakMap<DatabaseConnection, DatabaseConnection>()
      return {
        init: () => driver.init(),
        async acquireConnection() {
          const original = await driver.acquireConnection()
          const connection: DatabaseConnection = {
            executeQuery: (query) =>
              original.executeQuery(
                query.sql.startsWith('begin') ? CompiledQuery.raw('select 1 / 0') : query,
              ),
            streamQuery: original.streamQuery,
          }
          originals.set(connection, original)
          return connection
        },
        beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
        commitTransaction: (connection) => driver.commitTransaction(connection),
        rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
        releaseConnection: (connection) => driver.releaseConnection(originals.get(connection) ?? connection),
        destroy: async () => {},
      }
    },
  }
}
