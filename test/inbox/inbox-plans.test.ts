import t from 'tap'
import { goByIndexes } from '../../src/database/go-by-indexes.ts'
import { inSnapshot } from '../../src/database/in-snapshot.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { findInboxParty } from '../../src/inbox/inbox-party.ts'
import { inboxSql } from '../../src/inbox/inbox-sql.ts'
import { readsOf } from '../support/explain-plan.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

// Some hundred thousand rows are planted first, for which a busy disk takes its time.
t.setTimeout(300_000)

const incidents = 30_000
const limit = 51

const world = await createWorld(t)
// Half of all are a foreign district's. Every second case was a unit's, which still has to come to one in a hundred, has come to
// another one, and is done with all others; every other clock runs.
const planter = await world.owner.pool.connect()
await planter.query('set statement_timeout = 0; set lock_timeout = 0; set session_replication_role = replica')
await planter.query(
  `insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at, revision,
     generation, head_seq, head_hash, head_at)
   select ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n, case n % 2 when 0 then $3 else $4 end,
     case n % 2 when 0 then $5 else $6 end, 'fire_lane_blocked', 'high', $1::uuid, 'dispatched',
     timestamptz '2026-01-01Z' + n * interval '1 minute', 1, 1, 1, sha256('head'), timestamptz '2026-01-01Z'
   from generate_series(1, $2::int) n`,
  [
    worldPolicy.id,
    incidents,
    huangshi.district,
    huangshi.foreignDistrict,
    huangshi.grid,
    huangshi.foreignCommunity,
  ],
)
await planter.query(
  `insert into assignments (incident_id, no, district_code, assignee_kind, assignee_code, part, whistled_by, state, assigned_at,
     accepted_at, arrived_at, ended_at)
   select id, 1, district_code, 'unit', $1, 'lead', $2,
     case when step < 1 then 'assigned' when step < 2 then 'arrived' else 'finished' end, received_at,
     case when step >= 1 then received_at end, case when step >= 1 then received_at end, case when step >= 2 then received_at end
   from incidents, lateral (select case number::int % 100 when 0 then 0 when 50 then 1 else 2 end as step) as come
   where number::int % 2 = 0`,
  [worldUnits.fire, huangshi.street],
)
await planter.query(
  `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, assignment_no, policy_id,
     area_path, tree_version, started_at, due_at, state, settled_at, settled_seq)
   select id, no, district_code, case no when 1 then 'feedback' else 'on_site' end,
     case no when 3 then 'unit' when 2 then 'street' else 'community' end,
     case when no = 3 then $2 when number::int % 2 = 1 then $3 when no = 2 then $4 else $5 end,
     1, case no when 3 then 1 end, $1::uuid, '{}', 1, received_at, received_at + no * interval '1 hour',
     case when is_met then 'met' else 'running' end, case when is_met then received_at end, case when is_met then 1 end
   from incidents, generate_series(1, 3) no, lateral (select no = 3 and number::int % 100 > 0 as is_met) as way
   where no < 3 or number::int % 2 = 0`,
  [worldPolicy.id, worldUnits.fire, huangshi.foreignCommunity, huangshi.street, huangshi.community],
)
// One in a hundred of the district's is on its red list, two others wait for the street and for the community to resolve them.
for (const [step, code, promise, state, outstanding] of [
  [20, huangshi.district, 'report', 'breached', 'exhausted'],
  [40, huangshi.street, 'on_site', 'met', 'unresolved'],
  [60, huangshi.community, 'on_site', 'met', 'unresolved'],
])
  await planter.query(
    `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id, area_path,
       tree_version, started_at, due_at, state, settled_at, settled_seq, outstanding)
     select id, 4, incidents.district_code, $4, kind, $3, 2, $1::uuid, '{}', 1, received_at, received_at + interval '4 hours', $5,
       received_at + case $5 when 'met' then interval '0' else interval '5 hours' end, 1, $6
     from incidents join areas on areas.code = $3 where number::int % 100 = $2::int`,
    [worldPolicy.id, step, code, promise, state, outstanding],
  )
// Half of the units that still have to come are too late.
await planter.query(
  `update deadlines set state = 'breached', settled_at = due_at + interval '1 second', settled_seq = 1, outstanding = 'late'
   from incidents where id = incident_id and no = 3 and number::int % 200 = 0`,
)
// And those that have ended, each with three breaches: all of them were broken at the top and then kept, or never.
await planter.query(
  `insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state, received_at, revision,
     generation, head_seq, head_hash, head_at)
   select ('01980000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2::int + n, $3, $4, 'fire_lane_blocked', 'high',
     $1::uuid, 'closed', timestamptz '2025-01-01Z' + n * interval '1 minute', 1, 1, 1, sha256('head'), timestamptz '2025-01-01Z'
   from generate_series(1, $2::int) n`,
  [worldPolicy.id, incidents, huangshi.district, huangshi.grid],
)
await planter.query(
  `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation, policy_id, area_path,
     tree_version, started_at, due_at, escalated_from, state, settled_at, settled_seq, fulfilled_at, fulfilled_seq)
   select id, no, district_code, 'on_site', (array['community', 'street', 'district'])[no], (array[$1, $2, $3])[no], 1, policy_id,
     '{}', 1, received_at, received_at + no * interval '8 hours', nullif(no - 1, 0), 'breached',
     received_at + no * interval '9 hours', no, case when number::int % 1000 > 0 then received_at + interval '2 days' end,
     case when number::int % 1000 > 0 then 9 end
   from incidents, generate_series(1, 3) no where state = 'closed'`,
  [huangshi.community, huangshi.street, huangshi.district],
)
await planter.query(
  `insert into breaches (incident_id, deadline_no, number, district_code, area_path, tree_version, category_code, promise, rung,
     accountable_code, policy_id, started_at, due_at, detected_at, outcome, seq)
   select d.incident_id, d.no, number, d.district_code, d.area_path, 1, category_code, promise, rung, accountable_code, d.policy_id,
     started_at, due_at, settled_at, case when d.no = 3 then 'exhausted' else 'escalated' end, d.no
   from deadlines d join incidents on id = incident_id where d.state = 'breached'`,
)
for (const table of ['incidents', 'assignments', 'deadlines', 'areas', 'breaches'])
  await planter.query(`vacuum analyze ${table}`)
planter.release(true)

t.test('the first page of an inbox reads little more than the page, whoever asks', async (t) => {
  const { community, street, district, gridWorker, responder, administrator } = worldActors
  const outstanding = new Set<string>()
  const city: Actor = { id: 'city', role: 'dispatcher', areaCode: huangshi.city }
  for (const by of [community, street, district, gridWorker, responder, administrator, city]) {
    const party = await inSnapshot(world.db, (trx) => findInboxParty(trx, by))
    if (party === undefined) throw new Error('they have an inbox')
    const middle = {
      dueAt: Date.UTC(2026, 0, 10),
      incidentId: '01990000-0000-7000-8000-000000003000',
      kind: 'deadline',
      no: 1,
    } as const
    const last = { ...middle, dueAt: null, kind: 'assignment' } as const
    for (const after of [undefined, middle, last]) {
      const statement = inboxSql(by, party, { after, limit })
      const { rows: page } = await statement.execute(world.db)
      for (const { dueAt, kind, clock } of page)
        outstanding.add(`${by.id} ${kind} ${clock} ${dueAt === null}`)
      for (const table of ['deadlines', 'incidents', 'assignments', 'reliefs', 'breaches'] as const) {
        const { rows, scans } = await inSnapshot(world.db, async (trx) => {
          await goByIndexes(trx)
          return readsOf(trx, statement, table)
        })
        const asked = `${by.id}, after ${after?.dueAt ?? after?.kind ?? 'nothing'}: ${rows} rows of ${table}`
        t.ok(rows <= 500, asked)
        if (table !== 'reliefs') t.equal(scans, 0, asked)
      }
    }
  }
  for (const found of [
    `${responder.id} assignment breached false`,
    `${district.id} red_list breached false`,
    `${street.id} deadline met true`,
    `${community.id} deadline met true`,
  ])
    t.ok(outstanding.has(found), found)
})

t.test('the inbox of some incidents reads no others', async (t) => {
  const party = await inSnapshot(world.db, (trx) => findInboxParty(trx, worldActors.street))
  if (party === undefined) throw new Error('the street has an inbox')
  const incidentIds = Array.from(
    { length: 20 },
    (_, n) => `01990000-0000-7000-8000-${((n + 1) * 2).toString(16).padStart(12, '0')}`,
  )
  const statement = inboxSql(worldActors.street, party, { after: undefined, limit: 10_000, incidentIds })
  const { rows, scans } = await readsOf(world.db, statement, 'deadlines')
  t.equal(scans, 0)
  t.ok(rows <= 500, `${rows} rows`)
})
