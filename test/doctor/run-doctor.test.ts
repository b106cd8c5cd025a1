import { sql } from 'kysely'
import t from 'tap'
import { formatDiagnosis } from '../../src/doctor/format-diagnosis.ts'
import { changeRegistries } from '../support/changed-registries.ts'
import { createPlayedWorld } from '../support/played-world.ts'
import { worldCategory, worldPolicy } from '../support/seed-world.ts'
import { tamper } from '../support/tamper.ts'
import { createWorld } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { brokenIn, deliverNotices, diagnose } from './diagnosed-world.ts'

t.setTimeout(180_000)

t.test('a database in which cases were played is sound', async (t) => {
  const { world } = await createPlayedWorld(t)
  await deliverNotices(world)
  const diagnosis = await diagnose(world)
  t.same(brokenIn(diagnosis), [])
  t.same(
    diagnosis.settings.filter(({ ok }) => !ok),
    [],
  )
  t.equal(diagnosis.ok, true)
  t.match(formatDiagnosis(diagnosis, 'zh'), /一切正常/)
  t.match(formatDiagnosis(diagnosis, 'en'), /Everything is as it must be/)
})

t.test('an empty database is sound', async (t) => {
  t.same(brokenIn(await diagnose(await createWorld(t))), [])
})

t.test('cases of every kind break no invariant', async (t) => {
  const world = await createWorld(t)
  const { act, settle, clock } = world
  const submit = async () => (await world.submit()).incidentId
  const [exhausted, handed, settled, rejected] = [
    await submit(),
    await submit(),
    await submit(),
    await submit(),
  ]
  await act(handed, worldActors.community, { type: 'report_up' })
  await act(settled, worldActors.gridWorker, { type: 'settle' }, { text: '已移走' })
  await act(rejected, worldActors.community, { type: 'reject' }, { text: '重复' })
  // Far into the on-site time, so that the unit's minimum decides its due time.
  clock.advance(worldPolicy.onSiteMs - 60_000)
  await settle()
  await act(handed, worldActors.street, { type: 'whistle', lead: worldUnits.fire, support: [] })
  await deliverNotices(world)
  t.same(brokenIn(await diagnose(world)), [], 'after a whistle in the last minute')
  for (let rung = 0; rung < 4; rung += 1) {
    clock.advance(worldPolicy.onSiteMs + 1)
    await settle()
  }
  await deliverNotices(world)
  t.same(brokenIn(await diagnose(world)), [], 'with every promise exhausted')
  // The unit is whistled when no clock of the incident's own runs any more.
  await act(exhausted, worldActors.district, { type: 'whistle', lead: worldUnits.fire, support: [] })
  await act(handed, worldActors.responder, { type: 'arrive', position: null })
  await act(rejected, worldActors.district, { type: 'reopen' }, { text: '复核' })
  await deliverNotices(world)
  t.same(brokenIn(await diagnose(world)), [], 'with an exhausted promise kept at last')
})

t.test('a parked notice is work for people, and the database is sound', async (t) => {
  const { world, second } = await createPlayedWorld(t)
  await deliverNotices(world)
  t.match((await diagnose(world)).warnings[0], { name: 'no_parked_notices', ok: true, count: 0 })
  await tamper(
    world,
    sql`insert into outbox select gen_random_uuid(), incident_id, district_code, stream, seq, kind, recipient_kind,
      recipient_code, payload, created_at, null, 10, null, created_at, '502 Bad Gateway'
      from (select * from outbox where incident_id = ${second} limit 1) as one, generate_series(1, 30)`,
  )
  const diagnosis = await diagnose(world)
  t.same(brokenIn(diagnosis), [])
  t.equal(diagnosis.ok, true)
  t.match(formatDiagnosis(diagnosis, 'zh'), /须人工处理\n {2}! {2}没有搁置的通知: 30 行\n/)
  t.match(formatDiagnosis(diagnosis, 'zh'), /一切正常，但有待人工处理的情况。$/)
  t.match(formatDiagnosis(diagnosis, 'en'), /something waits for people\.$/)
  const [warning] = diagnosis.warnings
  t.match(warning, { ok: false, count: 30 })
  t.equal(warning?.rows.length, 20, 'many rows are counted, and twenty are shown')
  t.match(formatDiagnosis(diagnosis, 'zh'), /另有 10 行/)
  t.match(formatDiagnosis(diagnosis, 'en'), /502 Bad Gateway/)
})

t.test('a row that was put into a registry past the API is shown to people', async (t) => {
  const world = await createWorld(t)
  const untold = async () =>
    (await diagnose(world)).warnings
      .filter(({ name }) => name === 'registries_are_told')
      .flatMap(({ rows }) => rows.map(({ registry, key }) => `${registry} ${key}`))
  const seeded = await untold()
  t.same(seeded.toSorted(), [
    'categories fire',
    `categories ${worldCategory}`,
    `policies ${worldPolicy.id}`,
    ...Object.values(worldUnits)
      .map((code) => `units ${code}`)
      .toSorted(),
  ])
  await changeRegistries(world)
  t.same(await untold(), seeded, 'of what is changed over the API there are events')
})

t.test('what weakens durability or evidence is named', async (t) => {
  const world = await createWorld(t)
  const { db } = world.owner
  const ill = async () => (await diagnose(world)).settings.filter(({ ok }) => !ok).map(({ name }) => name)
  const weakened: readonly { readonly sql: string; readonly back: string; readonly names: string[] }[] = [
    {
      sql: 'alter table events disable trigger events_kept',
      back: 'alter table events enable trigger events_kept',
      names: ['triggers of events'],
    },
    {
      sql: 'alter table breaches disable trigger all',
      back: 'alter table breaches enable trigger all',
      names: ['triggers of breaches'],
    },
    {
      sql: 'grant update on events to whistle_app',
      back: 'revoke update on events from whistle_app',
      names: ['whistle_app on events'],
    },
    {
      sql: 'grant update (accountable_code) on breaches to whistle_app',
      back: 'revoke update (accountable_code) on breaches from whistle_app',
      names: ['whistle_app on breaches'],
    },
    {
      sql: 'grant delete on policies to whistle_app',
      back: 'revoke delete on policies from whistle_app',
      names: ['whistle_app on policies'],
    },
    {
      sql: 'grant delete on ratings to whistle_app',
      back: 'revoke delete on ratings from whistle_app',
      names: ['whistle_app on ratings'],
    },
    {
      sql: 'alter table joined_incidents drop constraint joined_incidents_pkey',
      back: 'alter table joined_incidents add primary key (survivor_id, incident_id)',
      names: ['unique indexes'],
    },
    {
      sql: 'drop index deadlines_one_live',
      back: `create unique index deadlines_one_live on deadlines (incident_id, promise, assignment_no)
        nulls not distinct where state = 'running'`,
      names: ['unique indexes'],
    },
    {
      sql: `create or replace function refuse_change() returns trigger language plpgsql as 'begin return old; end'`,
      back: `create or replace function refuse_change() returns trigger language plpgsql as
        'begin raise exception ''refused''; end'`,
      names: ['triggers of breaches', 'triggers of events', 'triggers of policies'],
    },
  ]
  t.same(await ill(), [])
  for (const { sql: statement, back, names } of weakened) {
    await sql.raw(statement).execute(db)
    t.same(await ill(), names, statement)
    await sql.raw(back).execute(db)
  }
  t.same(await ill(), [])
})

t.test('a check that cannot be made is no check that holds', async (t) => {
  const { world } = await createPlayedWorld(t)
  await sql`revoke select on outbox from whistle_app`.execute(world.owner.db)
  const diagnosis = await diagnose(world)
  t.equal(diagnosis.ok, false)
  t.match(diagnosis.checks.find(({ name }) => name === 'notices_move')?.error, /permission denied/)
  t.match(formatDiagnosis(diagnosis, 'zh'), /无法检查/)
})
