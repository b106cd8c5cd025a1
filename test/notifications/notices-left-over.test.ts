import { type Kysely, sql } from 'kysely'
import t from 'tap'
import { openDatabase } from '../../src/database/open-database.ts'
import type { Database } from '../../src/database/schema.ts'
import { claimNotices, markAttempts } from '../../src/notifications/outbox-rows.ts'
import { openOutbox } from './outbox-fixture.ts'

t.test('single notices are not looked for among all that an outage has left waiting', async (t) => {
  const { db, url, clock, add } = await openOutbox(t)
  const owner = openDatabase({ url, poolMax: 1, applicationName: 'test', role: 'login' })
  t.teardown(() => owner.close())
  // What Postgres knows of the outbox is from before: everything was delivered.
  for (let times = 0; times < 5; times += 1) await add(400)
  await sql`update outbox set delivered_at = created_at, offer_at = null`.execute(db)
  await sql`vacuum analyze outbox`.execute(owner.db)
  const ids = (await add(400)).slice(0, 7)

  const before = await scansOfWaiting(db)
  t.equal((await claimNotices(db, ids, clock.now())).length, 7)
  const results = ids.map((id) => ({ id, attempt: 1, end: 'delivered' as const }))
  await markAttempts(db, results, clock.now())
  t.equal(await scansOfWaiting(db), before)
  const { rows } = await sql`select from outbox where offer_at is null`.execute(db)
  t.equal(rows.length, 2_007)
})

async function scansOfWaiting(db: Kysely<Database>): Promise<number> {
  // Counters of a session are told to others when it has been idle for a second, or is asked to.
  await sql`select pg_stat_force_next_flush()`.execute(db)
  await sql`select 1`.execute(db)
  const { rows } = await sql<{ scans: number }>`
    select idx_scan as scans from pg_stat_user_indexes where indexrelname = 'outbox_offer'`.execute(db)
  return rows[0]?.scans ?? Number.NaN
}
