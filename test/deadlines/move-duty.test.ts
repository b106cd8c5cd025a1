import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { createDutyRounds, strandedCalls, strandedIncidents } from '../../src/deadlines/move-duty.ts'
import { plantCases } from '../board/plant-cases.ts'
import { checkWorld } from '../support/check-world.ts'
import { readsOf } from '../support/explain-plan.ts'
import { followedIn, isFollowed } from '../support/followed-version.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(300_000)

const moveGrid = (world: World, parent: string) =>
  changeTree(world, `${huangshi.grid},第一网格,grid,${parent}`)

async function changeTree({ db, clock }: World, ...rows: readonly string[]): Promise<void> {
  const file = ['code,name,kind,parent_code', ...rows].join('\n')
  await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(`${file}\n`)]), {
    actor: worldActors.administrator,
  })
}

/** A new street, and the community below it. */
const east = '420202008000'
const splitOff = (world: World) =>
  changeTree(
    world,
    `${east},胜阳港东街道,street,${huangshi.district}`,
    `${huangshi.community},胜阳港社区,community,${east}`,
  )

const roundsOf = ({ db, clock }: World) =>
  createDutyRounds({
    db,
    readClock: clock.read,
    onFailure: (_id, error) => {
      throw error
    },
  })

t.test('a version of the tree counts as followed once everybody has ended who may not know it', async (t) => {
  const world = await createWorld(t)
  const [round, elsewhere] = [roundsOf(world), roundsOf(world)]
  const { incidentId } = await world.submit()
  await moveGrid(world, huangshi.neighbour)
  const before = await followedIn(world)
  const holder = await world.owner.pool.connect()
  try {
    await holder.query('begin')
    // It has a number, so it may have read the tree before it changed, and may store what it made of that.
    await holder.query('select pg_current_xact_id()')
    t.equal(await round(), 1)
    t.equal(await elsewhere(), 0, 'another process finds nothing left')
    t.equal(await round(), 0)
    t.equal(await followedIn(world), before, 'not as long as that one runs')
    await holder.query('commit')
  } finally {
    holder.release()
  }
  t.equal(await round(), 0)
  t.ok(await isFollowed(world, round))
  const accountable = await world.db
    .selectFrom('deadlines')
    .select('accountable_code')
    .distinct()
    .where('incident_id', '=', incidentId)
    .where('state', '=', 'running')
    .execute()
  t.same(accountable, [{ accountable_code: huangshi.neighbour }])
})

t.test('a case that somebody holds is left to them, and looked at again', async (t) => {
  const world = await createWorld(t)
  const round = roundsOf(world)
  const { incidentId } = await world.submit()
  await moveGrid(world, huangshi.neighbour)
  const before = await followedIn(world)
  const holder = await world.owner.pool.connect()
  try {
    await holder.query('begin')
    await holder.query('select from incidents where id = $1 for no key update', [incidentId])
    t.same([await round(), await round()], [0, 0])
    t.equal(await followedIn(world), before)
    await holder.query('commit')
  } finally {
    holder.release()
  }
  t.equal(await round(), 1)
})

t.test('a version does not count as followed while somebody newer holds what is to follow', async (t) => {
  const world = await createWorld(t)
  const round = roundsOf(world)
  const { incidentId } = await world.submit()
  const { street, responder } = worldActors
  await world.act(incidentId, street, { type: 'whistle', lead: worldUnits.fire, support: [] })
  await world.act(incidentId, street, { type: 'feedback' }, { text: '消防队已出发' })
  await world.act(incidentId, responder, { type: 'arrive', position: null })
  await splitOff(world)
  const before = await followedIn(world)
  const holders = [await world.owner.pool.connect(), await world.owner.pool.connect()] as const
  try {
    const [first, second] = holders
    const lock = { text: 'select from incidents where id = $1 for no key update', values: [incidentId] }
    await first.query('begin')
    await first.query(lock)
    t.equal(await round(), 0, 'the first round, which sees who runs')
    await second.query('begin')
    const held = second.query(lock)
    await first.query('commit')
    await held
    t.equal(await round(), 0)
    t.equal(await followedIn(world), before)
    await second.query('commit')
  } finally {
    for (const holder of holders) holder.release()
  }
  t.equal(await round(), 1)
  t.ok(await isFollowed(world, round))
})

t.test('of many open cases only those are read for which the areas answer that were left', async (t) => {
  const world = await createWorld(t)
  await plantCases(world, 20_000)
  const query = strandedIncidents(world.db, [huangshi.community], world.clock.now(), 500)
  const planter = await world.owner.pool.connect()
  try {
    await planter.query('set session_replication_role = replica')
    await planter.query(
      `insert into assignments (incident_id, no, district_code, assignee_kind, assignee_code, part, whistled_by, state, assigned_at)
       select id, 1, district_code, 'unit', $1, 'lead', area_code, 'assigned', received_at from incidents`,
      [worldUnits.fire],
    )
    await planter.query('vacuum analyze assignments')
  } finally {
    planter.release(true)
  }
  const calls = strandedCalls(world.db, [huangshi.community], 500)
  const looked = [
    [query, 'deadlines'],
    [query, 'incidents'],
    [calls, 'assignments'],
    [calls, 'incidents'],
  ] as const
  for (const [statement, table] of looked) {
    const { scans, rows } = await readsOf(world.db, statement, table)
    t.equal(scans, 0, table)
    t.ok(rows < 2_000, `${rows} rows of ${table}`)
  }
})

t.test('who is at work for an area that is gone works for its successor, be no promise left', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  const { street, responder } = worldActors
  await world.act(incidentId, street, { type: 'whistle', lead: worldUnits.fire, support: [] })
  await world.act(incidentId, street, { type: 'feedback' }, { text: '消防队已出发' })
  await world.act(incidentId, responder, { type: 'arrive', position: null })
  await splitOff(world)
  const round = roundsOf(world)
  t.equal(await round(), 1)
  t.equal(await round(), 0)
  const stored = await world.db
    .selectFrom('assignments')
    .select(['whistled_by', 'state'])
    .where('incident_id', '=', incidentId)
    .execute()
  t.same(stored, [{ whistled_by: east, state: 'arrived' }])
  await checkWorld(t, world)
})
