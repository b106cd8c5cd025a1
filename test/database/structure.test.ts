import type pg from 'pg'
import t from 'tap'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const unique = '23505'
const check = '23514'
const foreignKey = '23503'
const privilege = '42501'

t.test('the tables refuse what must never be, whoever writes it', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  await world.act(incidentId, worldActors.community, {
    type: 'whistle',
    lead: 'hsg-fire-rescue',
    support: [],
  })

  /** Tries a statement and undoes it. Returns the SQLSTATE of its refusal, or nothing. */
  const attempt = async (pool: pg.Pool, statement: string) => {
    const client = await pool.connect()
    try {
      await client.query('begin')
      await client.query(statement)
      return undefined
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error
    } finally {
      await client.query('rollback')
      client.release()
    }
  }
  const copyOf = (table: string, where: string, changes: Record<string, string>) => `
    insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(t) || jsonb_build_object(${Object.entries(
      changes,
    )
      .map(([column, value]) => `'${column}', ${value}`)
      .join(', ')}))).* from ${table} t where incident_id = '${incidentId}' and ${where}`

  await t.test(
    'two deadlines of one promise, rung, assignment and generation, and two live ones',
    async (t) => {
      const again = (where: string, changes: Record<string, string>) =>
        attempt(
          world.owner.pool,
          copyOf('deadlines', where, { no: '90', handed_from: 'null', escalated_from: 'null', ...changes }),
        )
      t.equal(await again('no = 2', {}), unique, 'the very same, where the assignment is null in both')
      t.equal(await again('no = 2', { generation: '2' }), unique, 'a second live one of another generation')
      t.equal(await again("rung = 'unit'", { generation: '2' }), unique, 'a second live one of a unit')
      t.equal(
        await again('no = 2', { rung: "'city'", state: "'met'", settled_at: 'due_at', settled_seq: '9' }),
        undefined,
      )
      t.equal(
        await again('no = 2', {
          rung: "'city'",
          state: "'met'",
          settled_at: 'due_at',
          settled_seq: '9',
          escalated_from: '1',
        }),
        unique,
        'a second escalation of one breach',
      )
    },
  )

  await t.test('a verdict that contradicts its instant', async (t) => {
    const settle = (columns: string, where = 'no = 2') =>
      attempt(
        world.owner.pool,
        `update deadlines set ${columns} where incident_id = '${incidentId}' and ${where}`,
      )
    t.equal(await settle("state = 'met', settled_at = due_at, settled_seq = 9"), undefined)
    t.equal(await settle("state = 'met', settled_at = due_at + interval '1 ms', settled_seq = 9"), check)
    t.equal(
      await settle("state = 'breached', settled_at = due_at + interval '1 ms', settled_seq = 9"),
      undefined,
    )
    t.equal(await settle("state = 'breached', settled_at = due_at, settled_seq = 9"), check)
    t.equal(await settle("state = 'met', settled_at = due_at"), check, 'settled by no event')
    t.equal(await settle('settled_at = due_at, settled_seq = 9'), check, 'settled and running')
    t.equal(
      await settle("state = 'cancelled', settled_at = due_at, settled_seq = 9"),
      check,
      'cancelled for no reason',
    )
    t.equal(await settle("cancel_reason = 'settled'"), check)
    t.equal(await settle('fulfilled_at = due_at, fulfilled_seq = 9'), check, 'fulfilled and not breached')
    t.equal(await settle('fulfilled_seq = null', 'no = 1'), check)
    t.equal(await settle("rung = 'unit'"), check, 'a unit without an assignment')
    t.equal(await settle("state = 'paused'"), check, 'paused since never')
    t.equal(await settle('paused_at = started_at'), check, 'running and paused')
  })

  await t.test('a second breach of a deadline, one in time, and one of nothing', async (t) => {
    const breach = (changes: Record<string, string>) =>
      attempt(world.owner.pool, copyOf('breaches', 'deadline_no = 1', changes))
    t.equal(await breach({}), unique)
    t.equal(await breach({ deadline_no: '2', seq: '2' }), unique, 'two breaches in one event')
    t.equal(await breach({ deadline_no: '2', seq: '90' }), undefined)
    t.equal(await breach({ deadline_no: '2', seq: '90', detected_at: 'due_at' }), check)
    t.equal(await breach({ deadline_no: '99', seq: '90' }), foreignKey)
  })

  await t.test('a second live lead unit, and numbers that are none', async (t) => {
    t.equal(await attempt(world.owner.pool, copyOf('assignments', 'no = 1', { no: '2' })), unique)
    for (const value of ["'NaN'", "'Infinity'", "'-Infinity'", '90.01', 'null'])
      t.equal(
        await attempt(
          world.owner.pool,
          `update incidents set latitude = ${value}::float8 where id = '${incidentId}'`,
        ),
        check,
        value,
      )
  })

  await t.test('a change of evidence', async (t) => {
    const evidence = ['events', 'breaches', 'policies']
    for (const [who, pool] of [
      ['the application', world.pool],
      ['the owner', world.owner.pool],
    ] as const) {
      for (const table of evidence) {
        const column = table === 'policies' ? 'created_by' : 'district_code'
        t.equal(
          await attempt(pool, `update ${table} set ${column} = 'forged'`),
          privilege,
          `${who} edits ${table}`,
        )
        t.equal(await attempt(pool, `delete from ${table}`), privilege, `${who} deletes from ${table}`)
        t.equal(await attempt(pool, `truncate ${table} cascade`), privilege, `${who} empties ${table}`)
      }
    }
    for (const statement of [
      'drop table events',
      'alter table events disable trigger all',
      'delete from deadlines',
      'delete from incidents',
      'delete from reports',
      `update reports set received_at = received_at - interval '1 hour'`,
      'set session_replication_role = replica',
      'delete from outbox',
    ])
      t.equal(await attempt(world.pool, statement), privilege, `the application: ${statement}`)
  })

  await t.test('no column has a default that reads a clock', async (t) => {
    const clocks = /now\(|clock|timestamp\(|current_(?:date|time)|localtime|timeofday/i
    const { rows } = await world.owner.pool.query(`
      select table_name, column_name, column_default from information_schema.columns
      where table_schema = 'public' and column_default is not null and table_name not like 'kysely%'`)
    t.same(
      rows.filter(({ column_default: value }) => clocks.test(value)),
      [],
    )
    t.ok(rows.length > 0)
  })
})

t.test(
  'sessions keep the limits that the write path relies on, and speak in whole milliseconds',
  async (t) => {
    const { pool } = await createWorld(t)
    const show = async (name: string) => (await pool.query(`show ${name}`)).rows[0][name]
    t.equal(await show('lock_timeout'), '1s')
    t.equal(await show('statement_timeout'), '5s')
    t.equal(await show('idle_in_transaction_session_timeout'), '2s')
    t.equal(await show('client_connection_check_interval'), '1s')
    t.equal((await pool.query('show timezone')).rows[0].TimeZone, 'UTC')
    t.equal((await pool.query('select current_user as who')).rows[0].who, 'whistle_app')
    for (const at of [
      0,
      1,
      1_763_600_000_001,
      Date.UTC(2199, 11, 31, 23, 59, 59, 999),
      Date.UTC(1970, 0, 1, 0, 0, 0, 7),
    ]) {
      const { rows } = await pool.query('select $1::timestamptz(3) as at, count(*) as n from areas', [
        new Date(at).toISOString(),
      ])
      t.equal(rows[0].at, at)
      t.type(rows[0].n, 'number')
    }
  },
)
