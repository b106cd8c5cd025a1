import { sql } from 'kysely'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { lockAreas } from '../../src/areas/lock-areas.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { areaSource } from './csv-source.ts'

const run = ({ db, clock }: World, ...rows: string[]) =>
  importAreas({ db, readClock: clock.read }, areaSource(...rows), { actor: worldActors.administrator })

const toForeignDistrict = `${huangshi.street},胜阳港街道,street,${huangshi.foreignDistrict}`

t.test('an area with open incidents moves within its district only', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  await t.rejects(run(world, '420202009000,新街道,street,420202000000', toForeignDistrict), {
    message: `Nothing was stored: line 3: parent_code: ${huangshi.grid} has open incidents and cannot be moved to another district`,
  })
  t.strictSame(await world.db.selectFrom('area_tree').select('version').execute(), [{ version: 1 }])

  await run(
    world,
    '420202009000,新街道,street,420202000000',
    `${huangshi.community},胜阳港社区,community,420202009000`,
  )
  const { path } = await world.db
    .selectFrom('areas')
    .select('path')
    .where('code', '=', huangshi.grid)
    .executeTakeFirstOrThrow()
  t.strictSame(path, [huangshi.city, huangshi.district, '420202009000', huangshi.community, huangshi.grid])

  await world.act(incidentId, worldActors.community, { type: 'settle' }, { text: '已劝离，通道恢复畅通' })
  t.match(
    await run(world, toForeignDistrict),
    { changed: { updated: 1 } },
    'when all are closed it may leave',
  )
})

t.test('a move to another district waits for whoever opens an incident there', async (t) => {
  const world = await createWorld(t)
  const order: string[] = []
  const opening = world.db.transaction()
  let moved: Promise<unknown> = Promise.resolve()
  await opening.execute(async (trx) => {
    await lockAreas(trx, [huangshi.grid, huangshi.community])
    moved = run(world, toForeignDistrict).then(() => order.push('moved'))
    await waitForBlockedSession(world)
    order.push('opened')
  })
  await moved
  t.strictSame(order, ['opened', 'moved'])
})

for (const type of ['reopen', 'unmerge'] as const)
  t.test(`whoever takes a case up again, by ${type}, waits for a move of its area`, async (t) => {
    const world = await createWorld(t)
    const survivor = await world.submit()
    world.clock.advance(1)
    const { incidentId } = await world.submit()
    const ended =
      type === 'reopen'
        ? ({ type: 'reject' } as const)
        : ({ type: 'merge', into: survivor.incidentId } as const)
    await world.act(incidentId, worldActors.community, ended, { text: '重复反映' })
    const moving = await world.owner.db.startTransaction().execute()
    await sql`select from areas where code = ${huangshi.grid} for update`.execute(moving)
    const taking = world.act(incidentId, worldActors.community, { type }, { text: '问题没有解决' })
    const waiting = await Promise.race([waitForBlockedSession(world), taking.then(() => 'nothing')])
    // What was read of its place before that would no longer be true.
    t.match(waiting, /^select from areas .* for key share$/, 'before anything is decided')
    await moving.rollback().execute()
    await taking
  })

/** Resolves once some session of this world's database waits for another's lock, with the statement that waits. */
async function waitForBlockedSession({ owner }: World): Promise<string> {
  for (;;) {
    const { rows } = await owner.pool.query<{ query: string }>(
      'select query from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0',
    )
    if (rows[0] !== undefined) return rows[0].query
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
