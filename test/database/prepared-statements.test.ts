import { sql } from 'kysely'
import t from 'tap'
import { sampleDatabaseClock } from '../../src/database/clock.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { executePrepared } from '../../src/database/prepared-statements.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { openIncidents, seedRegistry } from '../deadlines/open-incidents.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'

/** Postgres may choose one plan for all parameters from the sixth execution on. */
const rounds = 8

t.test('whatever is prepared goes on after a migration has added a column to each table', async (t) => {
  const { url } = await createTestDatabase(t)
  const owner = openDatabase({ url, poolMax: 1, applicationName: 'owner', role: 'login' })
  t.teardown(() => owner.close())
  const { db, close } = openDatabase({ url, poolMax: 1, applicationName: 'one connection' })
  t.teardown(close)
  await seedRegistry(owner.db, 1_000)
  const clock = createMovableClock()

  async function openAndSettle(): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      await openIncidents({ db, readClock: clock.read }, 1)
      clock.advance(1_001)
      await sampleDatabaseClock(db)
      const onFailure = (_: string, error: unknown) => t.error(error)
      const { lagsMs } = await claimAndSettle({ db, readClock: clock.read, onFailure }, 100)
      t.ok(lagsMs.length >= 3, 'the new incident’s three deadlines are breached')
    }
  }

  await openAndSettle()
  const prepared = await sql<{ statement: string; byOnePlan: boolean }>`
    select statement, generic_plans > 0 as "byOnePlan" from pg_prepared_statements`.execute(db)
  const texts = prepared.rows.map(({ statement }) => statement)
  t.ok(prepared.rows.filter(({ byOnePlan }) => byOnePlan).length >= 5, 'what runs all the time has one plan')
  for (const table of ['incidents', 'deadlines', 'assignments', 'idempotency_keys', 'clock_state', 'streams'])
    t.ok(
      texts.some((text) => text.includes(table)),
      `${table} are read or written by what is prepared`,
    )
  t.ok(
    texts.some((text) => /skip locked/i.test(text)),
    'and so is the claim',
  )
  const tables = await sql<{ name: string }>`
    select tablename as name from pg_tables where schemaname = 'public'`.execute(owner.db)
  for (const { name } of tables.rows)
    await sql`alter table ${sql.table(name)} add column added_later integer`.execute(owner.db)
  await openAndSettle()
})

t.test(
  'one text is prepared once on a connection, and a statement that failed can be run again',
  async (t) => {
    const { url } = await createTestDatabase(t)
    const { db, close } = openDatabase({ url, poolMax: 1, applicationName: 'one connection' })
    t.teardown(close)
    const divided = async (by: number) =>
      (await executePrepared(db, sql<{ result: number }>`select 10 / ${by}::int as result`)).rows[0]?.result

    t.equal(await divided(2), 5)
    await t.rejects(divided(0), { code: '22012' })
    await t.rejects(
      db.transaction().execute((trx) => executePrepared(trx, sql`select 10 / ${0}::int as result`)),
    )
    t.equal(await divided(5), 2)
    const { rows } = await sql`
    select from pg_prepared_statements where statement like 'select 10 /%'`.execute(db)
    t.equal(rows.length, 1)
  },
)
