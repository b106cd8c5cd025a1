import { type Kysely, sql } from 'kysely'
import t from 'tap'
import { inDecidingTransaction } from '../../src/database/in-transaction.ts'
import type { Database } from '../../src/database/schema.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

/** Tables that grow. Those of one row, and those that an administrator fills, may be read whole. */
const growing = ['incidents', 'deadlines', 'assignments', 'events', 'breaches', 'outbox', 'idempotency_keys']

t.test('no plan that was made while the tables were empty reads them whole', async (t) => {
  const world = await createWorld(t)
  const before = await readsOfWholeTables(world)
  for (let round = 0; round < 2; round += 1) {
    const { incidentId } = await world.submit()
    await world.act(incidentId, worldActors.community, { type: 'report_up' }, { text: '请街道处理' })
    await world.act(incidentId, worldActors.street, { type: 'whistle', lead: worldUnits.fire, support: [] })
    await world.act(incidentId, worldActors.street, { type: 'feedback' }, { text: '已联系消防' })
    await world.submit()
    world.clock.advance(9 * 3_600_000)
    t.ok((await world.settle()).length > 0)
  }
  t.same(await readsOfWholeTables(world), before)
})

t.test('a deciding transaction keeps one plan, others are planned as Postgres sees fit', async (t) => {
  const world = await createWorld(t)
  const setting = async (on: Kysely<Database>) =>
    (await sql<{ plan_cache_mode: string }>`show plan_cache_mode`.execute(on)).rows[0]?.plan_cache_mode
  t.equal(await inDecidingTransaction(world.db, setting), 'force_generic_plan')
  t.equal(await setting(world.db), 'auto')
})

async function readsOfWholeTables({ db, owner }: World): Promise<Record<string, number>> {
  // Counters of a session are told to others when it has been idle for a second, or is asked to.
  await sql`select pg_stat_force_next_flush()`.execute(db)
  await sql`select 1`.execute(db)
  const { rows } = await sql<{ name: string; scans: number }>`
    select relname as name, seq_scan as scans from pg_stat_user_tables where relname = any(${growing})`.execute(
    owner.db,
  )
  return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]))
}
