import { sql } from 'kysely'
import t from 'tap'
import { countRows } from '../../src/board/board-counts.ts'
import { createBoardRounds } from '../../src/board/refresh-board.ts'
import { boardRows } from '../../src/board/refresh-cases.ts'
import { settledFeed } from '../feed/settled-feed.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { followEvents } from './follow-events.ts'

const { community, street } = worldActors
const roundOf = ({ db }: World) => createBoardRounds(db, { eventsMax: 500 })

/** What the board shows, without the round having to be the last thing that happened. */
async function rowsOf({ owner }: World): Promise<unknown[]> {
  return (await sql`select * from board_cases order by incident_id`.execute(owner.db)).rows
}

/** How many cases are counted alike, and how many there are. */
async function countsOf({ owner }: World): Promise<{ kept: unknown[]; found: unknown[] }> {
  const order = sql`order by 1, 2, 3, 4, 5, 6, 7`
  const { rows: kept } = await sql`select * from board_counts where cases <> 0 ${order}`.execute(owner.db)
  const { rows: found } = await sql`${countRows(sql<boolean>`true`)} ${order}`.execute(owner.db)
  return { kept, found }
}

/** What the tables say now. */
async function madeOf({ owner }: World): Promise<unknown[]> {
  return (await sql`${boardRows(sql<boolean>`true`)} order by incident_id`.execute(owner.db)).rows
}

/** The board as it would be if everything were made anew. */
async function remade(world: World): Promise<unknown[]> {
  await sql`truncate board_cases; update board_progress set origin = 'elsewhere'`.execute(world.owner.db)
  await followEvents(world.db)
  return rowsOf(world)
}

/** A transaction that has a number and goes on. */
async function holdUp({ pool }: World['owner']) {
  const holder = await pool.connect()
  await holder.query('begin; set local idle_in_transaction_session_timeout = 0; select pg_current_xact_id()')
  return holder
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
  await followEvents(db)
  for (const [index, step] of steps.entries()) {
    await step()
    t.equal(await roundOf(world)(), 'complete')
    const followed = await rowsOf(world)
    t.ok(followed.length > 0)
    const counted = await countsOf(world)
    t.same(counted.kept, counted.found, `step ${index + 1}: counts`)
    t.same(followed, await remade(world), `step ${index + 1}`)
    t.same((await countsOf(world)).kept, counted.found, `step ${index + 1}: counts made anew`)
  }
})

t.test('small rounds get through, whatever others hold up', async (t) => {
  const world = await createWorld(t)
  const { db, owner, clock } = world
  const round = createBoardRounds(db, { eventsMax: 20 })
  /** Whether a few rounds get to the end: of fewer, none would have a part of each. */
  const getsThrough = async () => {
    for (let rounds = 0; rounds < 50; rounds += 1) if ((await round()) === 'complete') return true
    return false
  }
  t.ok(await getsThrough())
  // Whoever has a number holds up everything above it, be it in another database of the server.
  const holder = await holdUp(owner)
  try {
    for (let count = 0; count < 30; count += 1) await world.submit()
    t.ok(await getsThrough())
    t.same(await rowsOf(world), await madeOf(world), 'all of which is still ahead')
    // All run out together and are settled by one transaction, which writes more events than a round follows.
    clock.advance(worldPolicy.onSiteMs + 1)
    await world.settle()
    t.ok(await getsThrough())
    const rows = await rowsOf(world)
    t.same(rows, await madeOf(world), 'a large transaction too')
    t.match(
      rows,
      Array.from({ length: 30 }, () => ({ rung: 'street' })),
    )
    await holder.query('commit')
  } finally {
    holder.release(true)
  }
  t.ok(await getsThrough())
  t.same(await rowsOf(world), await madeOf(world))
})

t.test(
  'of what is held up so much is followed; the rest waits, and nobody looks for it in vain',
  async (t) => {
    const world = await createWorld(t)
    const { db, owner, submit } = world
    const round = createBoardRounds(db, { eventsMax: 4, aheadMax: 8 })
    const rounds = async () => {
      for (let end = await round(); ; end = await round()) if (end !== 'more') return end
    }
    await followEvents(db)
    await settledFeed(db)
    t.equal(await rounds(), 'complete')
    const holder = await holdUp(owner)
    try {
      for (let count = 0; count < 20; count += 1) await submit()
      t.equal(await rounds(), 'held_up')
      t.equal((await rowsOf(world)).length, 12)
      await submit()
      t.equal(await rounds(), 'held_up')
      await holder.query('commit')
    } finally {
      holder.release(true)
    }
    for (let end = await rounds(); end !== 'complete'; end = await rounds());
    t.same(await rowsOf(world), await madeOf(world))
  },
)

t.test('one transaction that wrote more than can be remembered has all cases gone through', async (t) => {
  const world = await createWorld(t)
  const { db, owner, submit, settle, clock } = world
  const round = createBoardRounds(db, { eventsMax: 4, aheadMax: 8 })
  for (let count = 0; count < 20; count += 1) await submit()
  await followEvents(db)
  clock.advance(worldPolicy.onSiteMs + 1)
  await settle()
  const holder = await holdUp(owner)
  try {
    await submit()
    // Whatever other tests hold up below it ends.
    while ((await round()) !== 'complete');
    t.same(await rowsOf(world), await madeOf(world), 'though what came afterwards is held up')
    t.equal((await rowsOf(world)).length, 21)
  } finally {
    holder.release(true)
  }
})

t.test('what is committed late is not missed', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  await followEvents(world.db)
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
    t.equal(await roundOf(world)(), 'complete')
    t.equal((await rowsOf(world)).length, 2, 'what is committed is shown, whoever is still at work')
    await writer.query('commit')
  } finally {
    writer.release(true)
  }
  await followEvents(world.db)
  t.match(await rowsOf(world), [{ incident_id: incidentId, state: 'reported' }, {}])
})

t.test('rounds at once do no harm', async (t) => {
  const world = await createWorld(t)
  const { db, submit, act } = world
  for (let count = 0; count < 6; count += 1) {
    const { incidentId } = await submit()
    await Promise.all([
      followEvents(db),
      act(incidentId, community, { type: 'report_up' }),
      followEvents(db),
      followEvents(db),
    ])
  }
  await followEvents(db)
  t.same(await rowsOf(world), await remade(world))
})

t.test('an idle board writes nothing', async (t) => {
  const { db, owner, submit } = await createWorld(t)
  await submit()
  await followEvents(db)
  const progress = async () => (await sql`select xmin::text, * from board_progress`.execute(owner.db)).rows
  // Until what other tests on this server hold up is behind it too.
  let before: unknown[] = []
  for (let round = 0; round < 200; round += 1) {
    before = await progress()
    await followEvents(db)
    if (JSON.stringify(await progress()) === JSON.stringify(before)) break
  }
  t.same(await progress(), before)
})

t.test('where a case lies is forgotten with its position', async (t) => {
  const { db, owner, submit } = await createWorld(t)
  const { incidentId } = await submit()
  await followEvents(db)
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
