import { createHash } from 'node:crypto'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { type ReadClock, readDatabaseClock, soundReading } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { actOnIncident } from '../../src/incidents/act-on-incident.ts'
import { openIncidents, seedRegistry } from '../deadlines/open-incidents.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { storedFaults } from './stored-faults.ts'

const limitMs = 60_000
const communityCode = '420202005001'
const desk: Actor = { id: 'desk', role: 'dispatcher', areaCode: communityCode }

/** Claims until told to stop; returns the lag of each breach that this claimer made. */
async function claimUntil(
  { db }: TestDatabase,
  readClock: ReadClock,
  limit: number,
  stop: (claimed: number) => boolean,
) {
  const lagsMs: number[] = []
  for (;;) {
    const round = await claimAndSettle(
      {
        db,
        readClock,
        onFailure: (id, error) => {
          throw new Error(`${id} could not be settled`, { cause: error })
        },
      },
      limit,
    )
    lagsMs.push(...round.lagsMs)
    if (stop(round.claimed)) return lagsMs
  }
}

t.test('claimers side by side share the work and breach each deadline once', async (t) => {
  const database = await createTestDatabase(t)
  const clock = createMovableClock()
  await seedRegistry(database.db, limitMs)
  await openIncidents({ db: database.db, readClock: clock.read }, 500)
  clock.advance(limitMs + 1)
  const shares = await Promise.all(
    [1, 2, 3, 4].map(() => claimUntil(database, clock.read, 60, (claimed) => claimed === 0)),
  )
  const sizes = shares.map((share) => share.length)
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    1_500,
    `${sizes.join(' + ')} breaches`,
  )
  t.ok(
    sizes.every((size) => size > 0),
    'nobody starves',
  )
  const { rows } = await database.pool.query('select count(*)::int as n from breaches')
  t.equal(rows[0].n, 1_500)
  t.same(await storedFaults(database.db, clock.now()), [])
})

/** Four ways to keep promises, each leaving others to the claimers. */
const acts: readonly ('report_up' | 'feedback' | 'arrive' | 'settle')[] = [
  'report_up',
  'feedback',
  'arrive',
  'settle',
]

t.test(
  'acts that race the claim, within three milliseconds of the due time, each have one outcome',
  async (t) => {
    const database = await createTestDatabase(t)
    const { db } = database
    const still = createMovableClock()
    await seedRegistry(db, limitMs)
    await openIncidents({ db, readClock: still.read }, 240)
    const incidents = await db.selectFrom('incidents').select('id').execute()
    const dueAt = still.now() + limitMs
    // A clock that every look at it moves on, from three milliseconds before the due time to three after.
    let looks = 0
    const readClock: ReadClock = async () => soundReading(dueAt - 3 + Math.min(6, Math.floor(looks++ / 50)))

    let left = incidents.length
    const queue = incidents.map(({ id }, index) => ({ id, type: acts[index % acts.length] ?? 'feedback' }))
    const act = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const { id, type } = next
        const key = uuidv7()
        await actOnIncident(
          { db, readClock },
          {
            incidentId: id,
            action: type === 'arrive' ? { type, position: null } : { type },
            actor: desk,
            request: { principal: desk.id, key, fingerprint: createHash('sha256').update(key).digest() },
            arrivedAt: performance.now(),
            occurredAt: null,
            ifMatch: undefined,
            text: null,
            textVisibleToReporter: true,
          },
        )
        left -= 1
      }
    }
    const [first, second] = await Promise.all([
      claimUntil(database, readClock, 10, () => left === 0),
      claimUntil(database, readClock, 10, () => left === 0),
      ...[1, 2, 3, 4].map(act),
    ])
    looks = 1_000_000
    const rest = await claimUntil(database, readClock, 100, (claimed) => claimed === 0)

    const { now } = await readClock(db)
    t.same(await storedFaults(db, now), [])
    const { rows } = await database.pool.query(
      "select state, count(*)::int as n from deadlines where rung = 'community' group by state order by state",
    )
    const counts = new Map(rows.map(({ state, n }) => [state, n]))
    t.ok((counts.get('met') ?? 0) > 50, `${counts.get('met')} were met`)
    t.ok((counts.get('breached') ?? 0) > 50, `${counts.get('breached')} were breached`)
    const byClaimers = [first, second, rest].reduce((sum, lags) => sum + (lags?.length ?? 0), 0)
    const found = await database.pool.query('select count(*)::int as n from breaches')
    t.ok(
      byClaimers > 0 && byClaimers <= found.rows[0].n,
      `${byClaimers} of ${found.rows[0].n} breaches by claimers`,
    )
    const wrong = await database.pool.query(
      "select count(*)::int as n from deadlines where (state = 'met' and settled_at > due_at) or (state = 'breached' and settled_at <= due_at)",
    )
    t.equal(wrong.rows[0].n, 0)
  },
)

t.test('by the database’s own clock, and many hands on one case, it comes to the same', async (t) => {
  const database = await createTestDatabase(t)
  const { db } = database
  await seedRegistry(db, 400)
  await openIncidents({ db, readClock: readDatabaseClock }, 12)
  const incidents = await db.selectFrom('incidents').select('id').execute()
  let acting = true
  const feedback = async () => {
    for (let round = 0; round < 4; round += 1) {
      for (const { id } of incidents) {
        const key = uuidv7()
        await actOnIncident(
          { db, readClock: readDatabaseClock },
          {
            incidentId: id,
            action: { type: 'feedback' },
            actor: desk,
            request: { principal: desk.id, key, fingerprint: createHash('sha256').update(key).digest() },
            arrivedAt: performance.now(),
            occurredAt: null,
            ifMatch: undefined,
            text: '正在处理',
            textVisibleToReporter: true,
          },
        )
      }
    }
  }
  const claimers = [1, 2].map(() => claimUntil(database, readDatabaseClock, 5, () => !acting))
  await Promise.all([feedback(), feedback(), feedback()])
  acting = false
  await Promise.all(claimers)
  const reading = await readDatabaseClock(db)
  const { now } = reading
  await claimUntil(
    database,
    async () => reading,
    50,
    (claimed) => claimed === 0,
  )
  t.same(await storedFaults(db, now), [])
  const { rows } = await database.pool.query(
    'select min(revision)::int as low, max(revision)::int as high from incidents',
  )
  t.same(rows[0], { low: 13, high: 13 }, 'no act was lost and none was done twice')
})
