import { type CompiledQuery, type Kysely, sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'
import { overdueIncidents, rungIncidents } from '../../src/deadlines/claim-and-settle.ts'
import { burstSql, nextDueSql } from '../../src/deadlines/due-times.ts'
import { eventually } from '../queues/eventually.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { seedWorld, worldCategory, worldPolicy } from '../support/seed-world.ts'
import { huangshi } from '../support/world-areas.ts'

const incidents = 34_000
/** Pages of rows that may be looked at where the index alone does not tell whether they are live. */
const deadEntries = 200
/** Longer than any other test that runs meanwhile keeps a transaction open. */
const deadNeededMs = 20_000

/** Plans nest; what counts is which indexes they use, which tables they read whole, and how many pages they touch. */
const planNode = z.looseObject({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Index Name': z.string().optional(),
  'Shared Hit Blocks': z.int(),
  'Shared Read Blocks': z.int(),
  'Actual Rows': z.number(),
  get Plans() {
    return z.array(planNode).optional()
  },
})
type PlanNode = z.output<typeof planNode>
const explained = z.tuple([z.object({ Plan: planNode })])

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

t.test('the claim reads what is overdue by the index of due times, however much is not', async (t) => {
  const { db, url } = await createTestDatabase(t)
  const clock = createMovableClock()
  await seedWorld(db, clock)
  const now = clock.now()
  const startedAt = `'${new Date(now).toISOString()}'::timestamptz`
  // As the owner and without its triggers: a hundred thousand checks of references are not what this is about.
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  // Three deadlines each, spread over eight hours to come. An eighth of the incidents has ended.
  await owner.query(`
    set session_replication_role = replica;
    insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at,
      revision, generation, head_seq, head_hash, head_at)
    select gen_random_uuid(), 'planted-' || n, '${huangshi.district}', '${huangshi.grid}', '${worldCategory}', 'high',
      '${worldPolicy.id}', case when n % 8 = 0 then 'closed' else 'received' end, ${startedAt}, 1, 1, 1,
      decode(repeat('00', 32), 'hex'), ${startedAt}
    from generate_series(1, ${incidents}) n;
    insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id, area_path,
      tree_version, started_at, due_at, state, settled_at, settled_seq)
    select i.id, p.no, i.district_code, p.promise, 'community', '${huangshi.community}', 1, i.policy_id,
      array['${huangshi.city}', '${huangshi.district}', '${huangshi.street}', '${huangshi.community}'], 1, i.received_at,
      i.received_at + (substr(i.number, 9)::int * 800 + p.no) * interval '1 millisecond',
      case when i.state = 'closed' then 'met' else 'running' end,
      case when i.state = 'closed' then i.received_at end, case when i.state = 'closed' then 2 end
    from incidents i, (values (1, 'report'), (2, 'feedback'), (3, 'on_site')) as p (no, promise)`)
  // An autovacuum that looks at them meanwhile would keep, for its own sight, the dead entries that are counted here.
  await owner.query('alter table incidents set (autovacuum_enabled = false)')
  await owner.query('alter table deadlines set (autovacuum_enabled = false)')
  await owner.query('vacuum analyze incidents, deadlines')
  t.teardown(() => owner.end())

  /** As it is planned where it is prepared: for any instant at all, or at first for the very one. */
  const explain = (statement: { compile(db: Kysely<Database>): CompiledQuery }, plan = 'generic') =>
    db.transaction().execute(async (trx) => {
      const { sql: text, parameters } = statement.compile(trx)
      await sql`set local plan_cache_mode = ${sql.raw(`force_${plan}_plan`)}`.execute(trx)
      const given = parameters.map((value) => `'${String(value)}'`).join()
      const call = parameters.length === 0 ? '' : `(${given})`
      await sql.raw(`prepare planned as ${text}`).execute(trx)
      const { rows } = await sql<{
        'QUERY PLAN': unknown
      }>`explain (analyze, buffers, format json) execute ${sql.raw(`planned${call}`)}`.execute(trx)
      await sql`deallocate planned`.execute(trx)
      const [{ Plan: root }] = explained.parse(rows[0]?.['QUERY PLAN'])
      return { root, nodes: nodesOf(root), pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'] }
    })
  const claim = (asOf: number) => explain(overdueIncidents(db, asOf, 200))

  const idle = await claim(now)
  t.equal(idle.root['Actual Rows'], 0)
  t.ok(idle.pages <= 10, `with nothing due it touches ${idle.pages} pages`)

  const busy = await claim(now + 400_000)
  t.equal(busy.root['Actual Rows'], 200)
  // Each claimed incident costs a few pages of its own: its row, its index, and the lock.
  t.ok(busy.pages <= 200 * 10 + 20, `for 200 of some 1,300 overdue it touches ${busy.pages} pages`)

  // Those that have been overdue the longest cannot be settled.
  await owner.query(`
    insert into quarantined_incidents
    select incident_id, due_at, 1, due_at, '毒丸' from deadlines where state = 'running' and no = 1 order by due_at limit 1000`)
  const poisoned = await claim(now + 1_200_000)
  t.equal(poisoned.root['Actual Rows'], 200)
  // Passing by one that is set aside costs an entry of the index, and perhaps a page of its row, and no lock.
  t.ok(
    poisoned.pages <= 200 * 10 + 3_000 * 2 + 100,
    `past 1,000 that are quarantined it touches ${poisoned.pages} pages`,
  )

  // Everything runs as far as the planner knows, and then a burst has settled what fell due first.
  await owner.query(`delete from quarantined_incidents; delete from deadlines where state <> 'running'`)
  await owner.query('vacuum deadlines')
  // And no page of the table is known to be visible to all.
  await owner.query('update deadlines set tree_version = 2')
  await owner.query('analyze deadlines')
  await owner.query(`
    update deadlines set state = 'breached', settled_at = due_at + interval '1 ms', settled_seq = 2
    where due_at < ${startedAt} + interval '400 s'`)
  const afterBurst = await claim(now + 800_000)
  t.equal(afterBurst.root['Actual Rows'], 200)

  // What is asked all the time, while nothing is overdue, some is, or everything. Dead entries are passed by once nobody on the
  // server needs them any more, a transaction of a test in another database included.
  const questions = [
    { statement: burstSql(now), pagesMax: 10 },
    { statement: burstSql(now + 800_000), pagesMax: 10 + deadEntries },
    { statement: burstSql(now + 86_400_000), pagesMax: 10 + deadEntries },
    { statement: burstSql(now + 86_400_000), plan: 'custom', pagesMax: 10 + deadEntries },
    { statement: nextDueSql, pagesMax: 10 + deadEntries },
  ]
  const answers: Awaited<ReturnType<typeof explain>>[] = []
  for (const { statement, plan, pagesMax } of questions) {
    let answer = await explain(statement, plan)
    await eventually(async () => {
      answer = await explain(statement, plan)
      return answer.pages <= pagesMax
    }, deadNeededMs)
    t.ok(answer.pages <= pagesMax, `${answer.pages} pages`)
    answers.push(answer)
  }

  // Alarms are few beside deadlines, and are claimed by the index of their instants all the same.
  await owner.query(`
    insert into alarms
    select id, 'close', 1, ${startedAt} + substr(number, 9)::int * interval '1 second' from incidents`)
  await owner.query('vacuum analyze alarms')
  const ringing = await explain(rungIncidents(db, now + 100_500, 200))
  t.equal(ringing.root['Actual Rows'], 100)
  t.ok(ringing.pages <= 100 * 10 + 20, `for 100 of 34,000 alarms it touches ${ringing.pages} pages`)
  t.same(
    ringing.nodes.filter((node) => node['Relation Name'] === 'alarms').map((node) => node['Index Name']),
    ['alarms_at'],
  )

  for (const plan of [idle, busy, poisoned, afterBurst, ...answers]) {
    // The few that are quarantined are read whole, once, and only where something is overdue.
    const nodes = plan.nodes.filter((node) => node['Relation Name'] !== 'quarantined_incidents')
    const scans = nodes.filter((node) => node['Relation Name'] !== undefined)
    t.same(
      scans.filter((node) => node['Relation Name'] === 'deadlines').map((node) => node['Index Name']),
      ['deadlines_due'],
    )
    t.notOk(
      nodes.some((node) => ['Seq Scan', 'Sort', 'Hash'].includes(node['Node Type'])),
      'nothing is read whole or sorted',
    )
  }
})
