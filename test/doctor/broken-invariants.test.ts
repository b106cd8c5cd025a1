import { sql } from 'kysely'
import t from 'tap'
import { invariants } from '../../src/doctor/invariants.ts'
import { playEveryPart } from '../support/every-part.ts'
import { createPlayedWorld, keepTables } from '../support/played-world.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { tamper } from '../support/tamper.ts'
import { huangshi } from '../support/world-areas.ts'
import { caseFaults } from './case-faults.ts'
import { brokenIn, deliverNotices, diagnose } from './diagnosed-world.ts'
import { followedFaults } from './followed-faults.ts'
import { type PlantedFault, registerCategory, registryFaults } from './registry-faults.ts'

t.setTimeout(180_000)

t.test('each invariant finds the row that breaks it', async (t) => {
  const { world, second } = await createPlayedWorld(t)
  const { owner, clock } = world
  const parts = await playEveryPart(world)
  await registerCategory(world)
  // What structure forbids cannot be planted while the structure stands.
  const { rows: constraints } = await sql<{ table: string; name: string }>`
    select conrelid::regclass::text as table, conname as name from pg_constraint
    where contype = 'c' and conrelid in ('deadlines'::regclass, 'breaches'::regclass, 'outbox'::regclass)`.execute(
    owner.db,
  )
  for (const { table, name } of constraints)
    await sql.raw(`alter table ${table} drop constraint ${name}`).execute(owner.db)
  await sql`drop index deadlines_one_live`.execute(owner.db)
  await deliverNotices(world)
  const restore = await keepTables(world)

  const own = sql`incident_id = ${second}`
  const stream = sql`stream = ${`incident/${second}`}`
  const planted: readonly PlantedFault[] = [
    {
      what: 'a clock that ran out and was forgotten',
      change: async () => clock.advance(worldPolicy.feedbackMs + 6_001),
      broken: ['nothing_overdue'],
    },
    {
      what: 'a breached deadline without a breach',
      change: sql`delete from breaches where ${own} and deadline_no = 1`,
      broken: ['breached_has_one_breach', 'breach_has_event_and_outcome'],
    },
    {
      what: 'a breach that blames another',
      change: sql`update breaches set accountable_code = ${huangshi.neighbour} where ${own} and deadline_no = 1`,
      broken: ['breached_has_one_breach'],
    },
    {
      what: 'a breach whose escalation is gone',
      change: sql`update deadlines set escalated_from = null where ${own} and escalated_from = 1`,
      broken: ['breach_has_event_and_outcome'],
    },
    {
      what: 'a breach in time',
      change: sql`update deadlines set settled_at = due_at where ${own} and no = 1`,
      broken: ['breached_has_one_breach', 'verdict_follows_due_time', 'settled_by_its_event'],
    },
    {
      what: 'a settled deadline that points to the wrong event',
      change: sql`update deadlines set settled_seq = 1 where ${own} and state = 'met'`,
      broken: ['settled_by_its_event'],
    },
    {
      what: 'a promise that was kept by an event which says nothing of it',
      change: sql`update deadlines set fulfilled_seq = 8 where ${own} and fulfilled_seq = 7`,
      broken: ['settled_by_its_event'],
    },
    {
      what: 'a promise of an open incident that nobody owes',
      change: sql`delete from deadlines where ${own} and state = 'running' and promise = 'feedback'`,
      broken: ['open_incident_has_its_deadlines', 'board_tells_the_cases'],
    },
    {
      what: 'two clocks for one promise',
      change: sql`insert into deadlines select incident_id, no + 100, district_code, promise, 'district', ${huangshi.district},
        generation, assignment_no, policy_id, area_path, tree_version, started_at, due_at, null, null, state
        from deadlines where ${own} and state = 'running' and promise = 'feedback'`,
      broken: ['open_incident_has_its_deadlines', 'one_live_clock_for_each_promise'],
    },
    {
      what: 'a clock that runs for a closed case',
      change: sql`update incidents set state = 'closed' where id = ${second}`,
      broken: ['ended_incident_has_no_clock', 'board_tells_the_cases'],
    },
    {
      what: 'a promise that somebody answers for who cannot see the case',
      change: sql`update deadlines set accountable_code = ${huangshi.neighbour}, area_path = area_path || ${huangshi.neighbour}::text
        where ${own} and state = 'running' and promise = 'feedback'`,
      broken: ['duty_follows_areas', 'board_tells_the_cases'],
    },
    {
      what: 'a due time that was moved',
      change: sql`update deadlines set due_at = due_at + interval '1 minute' where ${own} and state = 'running'
        and promise = 'on_site'`,
      broken: ['due_time_follows_policy'],
    },
    {
      what: 'a unit’s due time that was moved',
      change: sql`update deadlines set started_at = started_at - interval '1 ms' where ${own} and handed_from is not null`,
      broken: ['due_time_follows_policy', 'breached_has_one_breach'],
    },
    {
      what: 'an escalation to another area of the tree',
      change: sql`update deadlines set rung = 'district', accountable_code = ${huangshi.district} where ${own} and escalated_from = 1`,
      broken: ['escalated_to_the_next_rung'],
    },
    {
      what: 'an area tree whose history was changed',
      change: sql`update area_versions set path = path[1:2] || path[4:] where code = ${huangshi.grid}`,
      broken: ['escalated_to_the_next_rung', 'areas_say_their_last_version'],
    },
    {
      what: 'an incident whose report is gone',
      change: sql`delete from reports where ${own}`,
      broken: ['no_orphans', 'search_finds_the_texts'],
    },
    {
      what: 'a notice that nobody offers',
      change: sql`update outbox set offer_at = to_timestamp(0), delivered_at = null where id = (select id from outbox limit 1)`,
      broken: ['notices_move'],
    },
    {
      what: 'a notice that is parked without a reason',
      change: sql`update outbox set delivered_at = null, parked_at = created_at where id = (select id from outbox limit 1)`,
      broken: ['notices_move'],
    },
    {
      what: 'an event that is gone',
      change: sql`delete from events where ${stream} and seq = 8`,
      broken: ['no_orphans', 'chains_linked', 'events_counted'],
    },
    {
      what: 'an event that points elsewhere',
      change: sql`update events set prev = hash where ${stream} and seq = 8`,
      broken: ['chains_linked'],
    },
    {
      what: 'a head that is not the tail',
      change: sql`update incidents set head_hash = sha256('x') where id = ${second}`,
      broken: ['heads_are_tails'],
    },
    {
      what: 'time that runs backwards',
      change: sql`update events set at = to_timestamp(0) where ${stream} and seq = 2`,
      broken: ['settled_by_its_event', 'time_never_back'],
    },
    {
      what: 'a deadline that lies in another district',
      change: sql`update deadlines set district_code = ${huangshi.foreignDistrict} where ${own} and no = 1`,
      broken: ['no_foreign_district'],
    },
    {
      what: 'a deadline for which an area elsewhere is accountable',
      change: sql`update deadlines set accountable_code = ${huangshi.neighbour} where ${own} and state = 'running'`,
      broken: ['duty_follows_areas', 'no_foreign_district', 'board_tells_the_cases'],
    },
    ...caseFaults(second, parts),
    ...followedFaults(second, parts),
    ...registryFaults,
    {
      what: 'a day that is summed up otherwise',
      change: sql`insert into deadline_sums
          values ('day', '2026-11-20', array[${huangshi.city}], null, null, null, 'report', 'street', 1, 1, 0, 0, 0, 0)`,
      broken: ['sums_tell_the_deadlines'],
    },
  ]
  const found = new Set<string>()
  for (const { what, change, broken } of planted) {
    const before = clock.now()
    await tamper(world, change)
    const diagnosis = await diagnose(world)
    clock.set(before)
    await restore()
    const names = brokenIn(diagnosis)
    t.same(names.toSorted(), broken.toSorted(), what)
    t.equal(diagnosis.ok, false, what)
    for (const name of names) found.add(name)
    const rows = diagnosis.checks.flatMap((check) => check.rows)
    t.ok(rows.length > 0, `${what}: the row is shown`)
  }
  t.same(await diagnose(world).then(brokenIn), [], 'everything was put back')
  t.same(
    invariants.map(({ name }) => name).filter((name) => !found.has(name)),
    [],
    'no invariant is without a row that breaks it',
  )
})
