import { type Kysely, sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import type { Database } from '../../src/database/schema.ts'
import { housekeep } from '../../src/deadlines/housekeep.ts'
import { startPlainLoop } from '../../src/deadlines/plain-loop.ts'
import { deletionOfCounts, purgeRateCounts, windowMs } from '../../src/rate-limits/count-requests.ts'
import { eventually } from '../queues/eventually.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { readsOf } from '../support/explain-plan.ts'

/** What a flood leaves behind: so many rows, each of another network, counted in the window of an instant. */
async function flood(db: Kysely<Database>, at: number, rows: number): Promise<void> {
  const windowNo = Math.floor(at / windowMs)
  await sql`
    insert into rate_counts (key, window_no, count)
    select decode(lpad(to_hex(${windowNo}::bigint), 32, '0') || lpad(to_hex(no), 32, '0'), 'hex'), ${windowNo}, 1
    from generate_series(1, ${rows}::int) as no`.execute(db)
}

t.test('counts of past windows are forgotten bite by bite until none is left', async (t) => {
  const { db, pool } = await createTestDatabase(t)
  const clock = createMovableClock()
  const left = async () =>
    Number((await sql<{ n: string }>`select count(*) as n from rate_counts`.execute(db)).rows[0]?.n)
  const signal = new AbortController().signal
  const round = (endAt: number, stop = signal) =>
    housekeep({ db, now: clock.now(), purge: purgeRateCounts, signal: stop, endAt })

  await flood(db, clock.now(), 15_500)
  clock.advance(windowMs)
  await flood(db, clock.now(), 30_000)
  await pool.query('analyze rate_counts')

  await t.test('one bite reads no more than it deletes, however many are of the present', async (t) => {
    const { scans, rows } = await readsOf(db, deletionOfCounts(clock.now()), 'rate_counts')
    t.equal(scans, 0, 'by the index')
    t.ok(rows <= 3_000, `${rows} rows are looked at, in three steps`)
    t.equal(await left(), 44_500)
  })

  await t.test(
    'a round ends with its time, or with the process, and says that something is left',
    async (t) => {
      t.equal(await round(performance.now()), false)
      t.equal(await left(), 43_500, 'one bite')
      t.equal(await round(Number.POSITIVE_INFINITY, AbortSignal.abort()), false)
      t.equal(await left(), 42_500)
    },
  )

  await t.test('a round that has time forgets all that are past, and none of the present', async (t) => {
    t.equal(await round(Number.POSITIVE_INFINITY), true)
    t.equal(await left(), 30_000)
  })

  await t.test('what a round leaves is gone on with in the next one, not a minute later', async (t) => {
    clock.advance(windowMs)
    await housekeep({ db, now: clock.now(), purge: purgeRateCounts, signal, endAt: Number.POSITIVE_INFINITY })
    await flood(db, clock.now() - windowMs, 2_000)
    const loop = startPlainLoop({
      db,
      readClock: clock.read,
      drain: async () => ({ end: 'empty', dueInMs: undefined }),
      retry: async () => undefined,
      // A database that is so slow that each bite takes longer than a round has for all of them.
      purge: async (db, now) => {
        await sql`select pg_sleep(0.6)`.execute(db)
        return purgeRateCounts(db, now)
      },
      logger: pino({ level: 'silent' }),
    })
    t.teardown(() => loop.stop(5_000))
    t.ok((await eventually(async () => (await left()) <= 1_000, 4_000)) < 4_000, 'a bite in the first')
    t.equal(await left(), 1_000, 'and no more')
    t.ok((await eventually(async () => (await left()) === 0, 12_000)) < 12_000)
  })
})
