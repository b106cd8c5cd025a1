import { sql } from 'kysely'
import t from 'tap'
import { refreshBoard } from '../../src/board/refresh-board.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

const { community, street } = worldActors
const eventsMax = 500

/** What the board shows, without the round having to be the last thing that happened. */
async function rowsOf({ owner }: World): Promise<unknown[]> {
  return (await sql`select * from board_cases order by incident_id`.execute(owner.db)).rows
}

/** The board as it would be if everything were made anew. */
async function remade(world: World): Promise<unknown[]> {
  await sql`truncate board_cases; update board_progress set origin = 'elsewhere'`.execute(world.owner.db)
  while (!(await refreshBoard(world.db, eventsMax)));
  return rowsOf(world)
}

t.test('the board follows everything that happens to a case', async (t) => {
  const world = await createWorld(t)
  const { submit, act, settle, clock, db } = world
  const ids: string[] = []
  const steps: (() => Promise<unknown>)[] = [
    async () =>
      ids.push((await submit()).incidentId, (await submit()).incidentId, (await submit()).incidentId),
    () => act(ids[0] ?? '', community, { type: 'report_up' }),
    () => act(ids[0] ?? '', street, { type: 'whistle', lead: worldUnits.fire, support: [] }),
    async () => {
      clock.advance(worldPolicy.reportMs + 1)
      await settle()
    },
    () => act(ids[1] ?? '', community, { type: 'settle' }, { text: '已解决' }),
    () => act(ids[2] ?? '', street, { type: 'merge', into: ids[0] ?? '' }),
    () => act(ids[2] ?? '', street, { type: 'unmerge' }),
    () => act(ids[1] ?? '', community, { type: 'reopen' }, { text: '又堵了' }),
    () =>
      act(
        ids[0] ?? '',
        street,
        {
          type: 'request_pause',
          promises: ['on_site'],
          until: clock.now() + worldPolicy.onSiteMs,
        },
        { text: '等待配件' },
      ),
    () => act(ids[0] ?? '', worldActors.district, { type: 'approve_relief', reliefNo: 1 }),
    async () => {
      for (let rung = 0; rung < 4; rung += 1) {
        clock.advance(2 * worldPolicy.onSiteMs)
        await settle()
      }
    },
  ]
  while (!(await refreshBoard(db, eventsMax)));
  for (const [index, step] of steps.entries()) {
    await step()
    t.equal(await refreshBoard(db, eventsMax), true)
    const followed = await rowsOf(world)
    t.ok(followed.length > 0)
    t.same(followed, await remade(world), `step ${index + 1}`)
  }
})

t.test('small batches get through, whatever others hold up', async (t) => {
  const world = await createWorld(t)
  const followed = new Set<string>()
  while (!(await refreshBoard(world.db, 20, followed)));
  // Whoever has a number holds up everything above it, be it in another database of the server.
  const holder = await world.owner.pool.connect()
  try {
    await holder.query(
      'begin; set local idle_in_transaction_session_timeout = 0; select pg_current_xact_id()',
    )
    for (let count = 0; count < 30; count += 1) await world.submit()
    for (let round = 0; round < 30 && !(await refreshBoard(world.db, 20, followed)); round += 1);
    t.equal((await rowsOf(world)).length, 30)
    t.ok(followed.size >= 30, 'all of which is still ahead')
    await holder.query('commit')
  } finally {
    holder.release(true)
  }
  for (let round = 0; round < 50 && !(await refreshBoard(world.db, 20, followed)); round += 1);
  // All run out together and are settled by one transaction, which writes more events than a batch has.
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  for (let round = 0; round < 50 && !(await refreshBoard(world.db, 20, followed)); round += 1);
  t.same(await rowsOf(world), await remade(world))
})

t.test('what is committed late is not missed', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  while (!(await refreshBoard(world.db, eventsMax)));
  const writer = await world.owner.pool.connect()
  try {
    // It has its number now and commits after others have come and gone.
    await writer.query('begin; set local idle_in_transaction_session_timeout = 0')
    await writer.query(
      `insert into events (stream, seq, district_code, type, at, body, prev, hash)
       select stream, 900, district_code, type, at, body, prev, hash from events where stream = $1 and seq = 1`,
      [`incident/${incidentId}`],
    )
    await writer.query(`update incidents set severity = 'critical', state = 'reported' where id = $1`, [
      incidentId,
    ])
    await world.submit()
    t.equal(await refreshBoard(world.db, eventsMax), true)
    t.equal((await rowsOf(world)).length, 2, 'what is committed is shown, whoever is still at work')
    await writer.query('commit')
  } finally {
    writer.release(true)
  }
  await refreshBoard(world.db, eventsMax)
  t.match(await rowsOf(world), [{ incident_id: incidentId, state: 'reported' }, {}])
})

t.test('rounds at once do no harm', async (t) => {
  const world = await createWorld(t)
  const { db, submit, act } = world
  for (let count = 0; count < 6; count += 1) {
    const { incidentId } = await submit()
    await Promise.all([
      refreshBoard(db, eventsMax),
      act(incidentId, community, { type: 'report_up' }),
      refreshBoard(db, eventsMax),
      refreshBoard(db, eventsMax),
    ])
  }
  await refreshBoard(db, eventsMax)
  t.same(await rowsOf(world), await remade(world))
})

t.test('an idle board writes nothing', async (t) => {
  const { db, owner, submit } = await createWorld(t)
  await submit()
  while (!(await refreshBoard(db, eventsMax)));
  const progress = async () => (await sql`select xmin::text, * from board_progress`.execute(owner.db)).rows
  // Until what other tests on this server hold up is behind it too.
  let before: unknown[] = []
  for (let round = 0; round < 200; round += 1) {
    before = await progress()
    await refreshBoard(db, eventsMax)
    if (JSON.stringify(await progress()) === JSON.stringify(before)) break
  }
  t.same(await progress(), before)
})

t.test('where a case lies is forgotten with its position', async (t) => {
  const { db, owner, submit } = await createWorld(t)
  const { incidentId } = await submit()
  await refreshBoard(db, 500)
  const positionOf = () =>
    db
      .selectFrom('board_cases')
      .select(['latitude', 'longitude', 'cell'])
      .where('incident_id', '=', incidentId)
      .executeTakeFirst()
  t.not((await positionOf())?.cell, null)
  await sql`update incidents set latitude = null, longitude = null where id = ${incidentId}`.execute(owner.db)
  t.same(await positionOf(), { latitude: null, longitude: null, cell: null }, 'before anything else happens')
})
