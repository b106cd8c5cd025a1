import { sql } from 'kysely'
import t from 'tap'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { compare, marks, sumUp } from './compare-sums.ts'

const day = 24 * 3_600_000

t.test('what is committed while days are summed up is in neither or in both', async (t) => {
  const world = await createWorld(t)
  const first = await world.submit()
  const second = await world.submit()
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  world.clock.advance(3 * day)

  const writer = await world.owner.pool.connect()
  try {
    // It has written before marks were asked for, and so leaves none.
    await writer.query('begin')
    await writer.query(
      `update deadlines set fulfilled_at = settled_at + interval '1 s', fulfilled_seq = 9
       where incident_id = $1 and promise = 'report' and state = 'breached'`,
      [first.incidentId],
    )
    const summing = sumUp(world)
    t.equal(
      await Promise.race([
        summing.then(() => 'summed'),
        world.db.executeQuery(sql`select pg_sleep(0.3)`.compile(world.db)).then(() => 'waiting'),
      ]),
      'waiting',
    )
    await writer.query('commit')
    t.ok((await summing) > 0)
    await compare(t, world, 'after a writer from before')

    // Another comes while the sums are being written: the snapshot is older, so the mark has to stay.
    await world.act(second.incidentId, worldActors.community, { type: 'feedback' }, { text: '已答复' })
    await writer.query('begin; lock table deadline_sums in share mode')
    const again = sumUp(world)
    await waitForLock(world)
    await world.act(first.incidentId, worldActors.community, { type: 'feedback' }, { text: '已答复' })
    await writer.query('commit')
    t.ok((await again) > 0)
    t.ok((await marks(world)).includes('2026-11-20'))
    await compare(t, world, 'after a writer in between')
  } finally {
    writer.release(true)
  }
  t.ok((await sumUp(world)) > 0)
  t.same(await marks(world), [])
  await compare(t, world, 'in the end')
})

async function waitForLock({ owner }: World): Promise<void> {
  for (;;) {
    const { rows } = await owner.pool.query(
      `select 1 from pg_locks l join pg_class c on c.oid = l.relation
       where c.relname = 'deadline_sums' and not l.granted and l.database = (select oid from pg_database where datname = current_database())`,
    )
    if (rows.length > 0) return
  }
}

t.test('a writer that nobody has come after is waited for, too', async (t) => {
  const world = await createWorld(t)
  await world.submit()
  world.clock.advance(3 * day)
  await world.settle()
  await sumUp(world)
  const writer = await world.owner.pool.connect()
  try {
    await writer.query('begin; select pg_current_xact_id()')
    const summing = sumUp(world)
    const slept = world.db.executeQuery(sql`select pg_sleep(0.3)`.compile(world.db))
    t.equal(await Promise.race([summing.then(() => 'summed'), slept.then(() => 'waiting')]), 'waiting')
    await writer.query('commit')
    await summing
  } finally {
    writer.release(true)
  }
})

t.test('two that sum up at once do it once', async (t) => {
  const world = await createWorld(t)
  for (let days = 0; days < 20; days += 1) {
    await world.submit()
    world.clock.advance(day)
  }
  await world.settle()
  await Promise.all([sumUp(world), sumUp(world), sumUp(world)])
  await sumUp(world)
  await compare(t, world, 'at once')
  const { rows } = await sql`
    select since, path, promise, rung from deadline_sums group by span, since, path, city_code, district_code, street_code,
      promise, rung having count(*) > 1`.execute(world.db)
  t.same(rows, [])
})
