import { sql } from 'kysely'
import t from 'tap'
import { createPlayedWorld } from '../support/played-world.ts'

const evidence = ['events', 'breaches', 'policies'] as const
/** A column of each table; changing it to itself is refused as well. */
const columns = { events: 'body', breaches: 'accountable_code', policies: 'enabled' } as const

t.test('evidence can be added to and read, and neither changed nor deleted', async (t) => {
  const { world } = await createPlayedWorld(t)
  for (const [who, db] of [
    ['the application', world.db],
    ['the owner of the tables', world.owner.db],
  ] as const) {
    for (const table of evidence) {
      for (const statement of [
        `update ${table} set ${columns[table]} = ${columns[table]}`,
        `delete from ${table}`,
        `truncate ${table} cascade`,
      ]) {
        const before = await world.db
          .selectFrom(table)
          .select((eb) => eb.fn.countAll<number>().as('rows'))
          .executeTakeFirstOrThrow()
        t.ok(before.rows > 0)
        // 42501 insufficient_privilege: by the missing privilege for one, by the trigger for the other.
        await t.rejects(sql.raw(statement).execute(db), { code: '42501' }, `${who}: ${statement}`)
        t.same(
          await world.db
            .selectFrom(table)
            .select((eb) => eb.fn.countAll<number>().as('rows'))
            .executeTakeFirstOrThrow(),
          before,
        )
      }
    }
  }
})

t.test('the application cannot switch off what guards the evidence', async (t) => {
  const { world } = await createPlayedWorld(t)
  for (const statement of [
    'alter table events disable trigger all',
    'drop trigger events_immutable on events',
    'drop table events cascade',
    'set session_replication_role = replica',
    `create or replace function refuse_change() returns trigger language plpgsql as 'begin return old; end'`,
  ])
    await t.rejects(sql.raw(statement).execute(world.db), { code: '42501' }, statement)
  // Postgres answers this one with a warning.
  await sql`grant update on events to whistle_app`.execute(world.db)
  const { rows } =
    await sql`select has_table_privilege('whistle_app', 'events', 'update') as granted`.execute(world.db)
  t.same(rows, [{ granted: false }])
})
