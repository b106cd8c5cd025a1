import { Readable } from 'node:stream'
import { sql } from 'kysely'
import t from 'tap'
import { createRandom } from '../../chaos/seeded-random.ts'
import { importAreas } from '../../src/areas/import-areas.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi, huangshiFile } from '../support/world-areas.ts'
import { compare, date, marks, sumUp } from './compare-sums.ts'

const hour = 3_600_000
const day = 24 * hour

t.test('sums say what the deadlines say, at each moment of played histories', async (t) => {
  const seed = Number(process.env.TEST_SEED ?? 1)
  const world = await createWorld(t)
  const pick = createRandom(seed).below
  const open: { id: string; whistled: boolean }[] = []
  const areas = [huangshi.grid, huangshi.neighbour, huangshi.foreignCommunity, huangshi.community]
  let summed = 0
  let marked = 0
  for (let step = 0; step < 60; step += 1) {
    const { incidentId } = await world.submit({ areaCode: areas[pick(areas.length)] ?? huangshi.grid })
    open.push({ id: incidentId, whistled: false })
    world.clock.advance([1_000, 20 * 60_000, 5 * hour, day, 3 * day][pick(5)] ?? 0)
    if (pick(3) > 0) await world.settle()
    const chosen = open[pick(open.length)]
    const action = (['settle', 'reject', 'feedback', 'report_up', 'arrive', 'reopen', 'whistle'] as const)[
      pick(7)
    ]
    if (chosen !== undefined && action !== undefined) {
      const actor = action === 'whistle' ? worldActors.district : worldActors.administrator
      await world
        .act(
          chosen.id,
          actor,
          action === 'whistle'
            ? { type: action, lead: worldUnits.fire, support: [] }
            : action === 'arrive'
              ? { type: action, position: null }
              : { type: action },
          { text: '处理中' },
        )
        // What the rules refuse does not matter here.
        .catch(() => undefined)
    }
    marked += (await marks(world)).length
    if (pick(2) === 0) summed += await sumUp(world)
    if (step % 6 === 5) await compare(t, world, `seed ${seed}, step ${step}`)
  }
  t.ok(summed > 30 && marked > 10, `${summed} days were summed up, ${marked} marks were seen`)
  await world.settle()
  await sumUp(world)
  t.same(await marks(world), [])
  await compare(t, world, 'in the end')
  const { rows } = await sql<{ spans: string[] }>`
    select array_agg(distinct span order by span) as spans from deadline_sums`.execute(world.db)
  t.same(rows[0]?.spans, ['day', 'month'])
})

t.test('a day is summed up when the next one is over, and again when something of it changes', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  world.clock.set(date('2026-11-22') - 1)
  await sumUp(world)
  t.equal(await count(world), 0, 'not while the day after it lasts')
  world.clock.set(date('2026-11-22'))
  await sumUp(world)
  const before = await count(world)
  t.ok(before > 0)
  t.equal(await sumUp(world), 0, 'and once is enough')
  t.same(await marks(world), [])
  await world.act(incidentId, worldActors.community, { type: 'feedback' }, { text: '来晚了' })
  t.same(await marks(world), ['2026-11-20'], 'what is kept late changes the day of its due time')
  await compare(t, world, 'with a mark')
  t.equal(await sumUp(world), 1)
  await world.act(incidentId, worldActors.street, { type: 'reject' }, { text: '误报' })
  t.same(await marks(world), ['2026-11-20'], 'and so does the end of what was still owed')
  await sumUp(world)
  await world.owner.pool.query(`update deadlines set due_at = due_at - interval '2 days' where promise = 'on_site'
    and state = 'breached' and settled_at > due_at and rung = 'community'`)
  t.same(await marks(world), ['2026-11-18', '2026-11-20'], 'a due time that moves changes both days')
  await compare(t, world, 'moved')
})

async function count({ db }: World): Promise<number> {
  const { count } = await db
    .selectFrom('deadline_sums')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

t.test('an area that becomes one of another kind is summed up as what it is now', async (t) => {
  const world = await createWorld(t)
  await world.submit()
  await world.submit({ areaCode: huangshi.foreignCommunity })
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  world.clock.advance(3 * day)
  await sumUp(world)
  const importTree = (file: string) =>
    importAreas({ db: world.db, readClock: world.clock.read }, Readable.from([Buffer.from(file)]), {
      actor: worldActors.administrator,
    })
  await importTree(huangshiFile.replace('湖滨路社区', '湖滨社区'))
  await compare(t, world, 'after a renaming')
  t.equal(await sumUp(world), 0, 'which makes nothing anew')
  await importTree(
    huangshiFile
      .replace('章山街道,street', '章山街道,community')
      .replace('章山村村委会,community', '章山村,grid'),
  )
  await compare(t, world, 'before it is followed')
  t.ok((await sumUp(world)) > 0)
  await compare(t, world, 'after it was')
})

t.test('doctor finds a sum that is not what the deadlines say', async (t) => {
  const world = await createWorld(t)
  await world.submit()
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  world.clock.advance(3 * day)
  await world.settle()
  await sumUp(world)
  const found = async () => {
    const { checks } = await runDoctor({ db: world.db, readClock: world.clock.read })
    return checks.find(({ name }) => name === 'sums_tell_the_deadlines')
  }
  t.match(await found(), { ok: true, error: null })
  for (const tampering of [
    `update deadline_sums set met = met + 1 where span = 'day' and since = '2026-11-20' and promise = 'report'`,
    `update deadline_sums set open = open + 1 where span = 'month' and promise = 'report'`,
    `delete from deadline_sums where span = 'day' and promise = 'feedback'`,
    `delete from deadline_sums where span = 'month' and promise = 'feedback'`,
  ]) {
    await world.owner.pool.query('create table kept as table deadline_sums')
    await world.owner.pool.query(tampering)
    t.match(await found(), { ok: false, error: null }, tampering)
    await world.owner.pool.query(
      'truncate deadline_sums; insert into deadline_sums select * from kept; drop table kept',
    )
  }
  t.match(await found(), { ok: true, error: null }, 'put back')
})
