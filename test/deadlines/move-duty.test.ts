import { Readable } from 'node:stream'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { createDutyRounds, strandedIncidents } from '../../src/deadlines/move-duty.ts'
import { plantCases } from '../board/plant-cases.ts'
import { readsOf } from '../support/explain-plan.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(300_000)

async function moveGrid({ db, clock }: World, parent: string): Promise<void> {
  const file = ['code,name,kind,parent_code', `${huangshi.grid},第一网格,grid,${parent}`].join('\n')
  await importAreas({ db, readClock: clock.read }, Readable.from([Buffer.from(`${file}\n`)]), {
    actor: worldActors.administrator,
  })
}

const roundsOf = ({ db, clock }: World) =>
  createDutyRounds({
    db,
    readClock: clock.read,
    onFailure: (_id, error) => {
      throw error
    },
  })

const followedIn = async ({ db }: World) =>
  (await db.selectFrom('duty_progress').select('tree_version').executeTakeFirstOrThrow()).tree_version

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
  t.ok((await followedIn(world)) > before)
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

t.test('of many open cases only those are read for which the areas answer that were left', async (t) => {
  const world = await createWorld(t)
  await plantCases(world, 20_000)
  const query = strandedIncidents(world.db, [huangshi.community], world.clock.now(), 500)
  for (const table of ['deadlines', 'incidents'] as const) {
    const { scans, rows } = await readsOf(world.db, query, table)
    t.equal(scans, 0, table)
    t.ok(rows < 2_000, `${rows} rows of ${table}`)
  }
})
