import { sql } from 'kysely'
import t from 'tap'
import { type ReadClock, soundReading } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { findNextDue } from '../../src/deadlines/due-times.ts'
import { retryQuarantined } from '../../src/deadlines/retry-quarantined.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

const minute = 60_000

/** Makes each breach of an incident fail, as a constraint or a bug would. */
async function poison({ owner }: World, ids: readonly string[]): Promise<void> {
  await owner.pool.query(`
    create table if not exists poisoned (id uuid primary key);
    grant select on poisoned to whistle_app;
    create or replace function refuse_poisoned() returns trigger language plpgsql as $$
    begin
      if exists (select from poisoned where id = new.incident_id) then raise exception '毒丸 %', new.incident_id; end if;
      return new;
    end $$;
    create or replace trigger poisoned_breaches before insert on breaches for each row execute function refuse_poisoned()`)
  await owner.pool.query('insert into poisoned select unnest($1::uuid[])', [ids])
}

const cure = ({ owner }: World) => owner.pool.query('truncate poisoned')

async function openMany(world: World, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let opened = 0; opened < count; opened += 1) ids.push((await world.submit()).incidentId)
  return ids
}

/** A settler of a world, what it has been told, and how many looks at the clock it took: two for each attempt. */
function settlerOf({ db, clock }: World) {
  const told: string[] = []
  let looks = 0
  const readClock: ReadClock = async () => {
    looks += 1
    return soundReading(clock.now())
  }
  return {
    told,
    looks: () => looks,
    settling: { db, readClock, onFailure: (id: string) => told.push(id) },
  }
}

const quarantined = ({ db }: World) =>
  db.selectFrom('quarantined_incidents').selectAll().orderBy('incident_id').execute()

const breached = async ({ db }: World) =>
  (await db.selectFrom('breaches').select('incident_id').distinct().execute()).map((row) => row.incident_id)

t.test('one bad incident among many is found by halves, once, and its neighbours are settled', async (t) => {
  const world = await createWorld(t)
  const ids = await openMany(world, 120)
  const bad = ids[47] ?? ''
  await poison(world, [bad])
  world.clock.advance(11 * minute)
  const { settling, told, looks } = settlerOf(world)

  const round = await claimAndSettle(settling, 500)
  t.match(round, { claimed: 120, handled: 120 })
  t.equal(round.lagsMs.length, 119)
  t.same(told, [bad])
  t.match(await quarantined(world), [{ incident_id: bad, attempts: 1, error: /毒丸/ }])
  t.ok(looks() <= 2 + 2 * Math.ceil(Math.log2(120)) + 1, `${looks()} looks at the clock`)
  const before = looks()
  t.match(await claimAndSettle(settling, 500), { claimed: 0 })
  t.equal(looks(), before + 1, 'nobody stumbles over it again')
  const next = (await findNextDue(world.db)) ?? 0
  t.ok(next > world.clock.now(), 'and nobody is woken by it')
})

t.test('a thousand that cannot be settled keep nobody from what is behind them', async (t) => {
  const world = await createWorld(t)
  const [late = ''] = await openMany(world, 1)
  // A thousand overdue longer than that, as if they had been found bad before.
  await world.owner.pool.query(
    `set session_replication_role = replica;
    insert into incidents select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'number', 'bad-' || n))).*
      from incidents i, generate_series(1, 1000) n where i.id = '${late}';
    insert into deadlines select (jsonb_populate_record(d, jsonb_build_object('incident_id', i.id,
      'due_at', d.due_at - interval '1 minute'))).* from deadlines d, incidents i
      where d.incident_id = '${late}' and i.number like 'bad-%';
    insert into quarantined_incidents select id, received_at, 3, received_at, '毒丸' from incidents where number like 'bad-%'`,
  )
  world.clock.advance(11 * minute)
  const { settling } = settlerOf(world)
  t.match(await claimAndSettle(settling, 500), { claimed: 1, handled: 1 })
  t.same(await breached(world), [late])
})

t.test('it is tried again alone, for longer each time, and released once it is settled', async (t) => {
  const world = await createWorld(t)
  const [bad = ''] = await openMany(world, 1)
  await poison(world, [bad])
  world.clock.advance(11 * minute)
  const { settling, told } = settlerOf(world)
  await claimAndSettle(settling, 500)
  const pauses: number[] = []
  for (let retries = 0; retries < 9; retries += 1) {
    const [row] = await quarantined(world)
    pauses.push((row?.retry_at ?? 0) - world.clock.now())
    world.clock.set((row?.retry_at ?? 0) - 1)
    t.same(await retryQuarantined(settling), [])
    t.equal((await quarantined(world))[0]?.attempts, retries + 1, 'not before its pause is over')
    world.clock.advance(1)
    t.same(await retryQuarantined(settling), [])
  }
  t.same(
    pauses,
    [5, 10, 20, 40, 80, 160, 320, 600, 600].map((seconds) => seconds * 1_000),
  )
  t.equal(told.length, 10)
  await cure(world)
  world.clock.advance(10 * minute)
  t.equal((await retryQuarantined(settling)).length, 1)
  t.same(await quarantined(world), [])
  t.same(await breached(world), [bad])
})

t.test('one that somebody else has settled meanwhile is released', async (t) => {
  const world = await createWorld(t)
  const [bad = ''] = await openMany(world, 1)
  await poison(world, [bad])
  world.clock.advance(11 * minute)
  const { settling } = settlerOf(world)
  await claimAndSettle(settling, 500)
  await cure(world)
  await world.act(bad, worldActors.community, { type: 'feedback' })
  world.clock.advance(minute)
  t.same(await retryQuarantined(settling), [], 'there is nothing left to settle')
  t.same(await quarantined(world), [])
})

t.test('where it cannot even be set aside its neighbours are settled all the same', async (t) => {
  const world = await createWorld(t)
  const ids = await openMany(world, 9)
  await poison(world, ids.slice(2, 4))
  await world.owner.pool.query('revoke insert on quarantined_incidents from whistle_app')
  world.clock.advance(11 * minute)
  const { settling, told } = settlerOf(world)
  const round = await claimAndSettle(settling, 500)
  t.equal(round.lagsMs.length, 7)
  t.same(told.toSorted(), [...ids.slice(2, 4), ...ids.slice(2, 4)].toSorted(), 'both failures are told')
  t.same(await quarantined(world), [])
  t.match(await claimAndSettle(settling, 500), { claimed: 2 }, 'the next claim finds them again')
})

t.test('a database that cannot work puts nobody into quarantine', async (t) => {
  const world = await createWorld(t)
  await openMany(world, 4)
  await world.owner.pool.query(`
    create function disk_full() returns trigger language plpgsql as $$
    begin raise exception 'no space left on device' using errcode = 'disk_full'; end $$;
    create trigger disk_full before insert on breaches execute function disk_full()`)
  world.clock.advance(11 * minute)
  const { settling, told } = settlerOf(world)
  await t.rejects(claimAndSettle(settling, 500), { code: '53100' })
  t.same(told, [])
  await sql`select 1`.execute(world.db)
  t.same(await quarantined(world), [])
})
