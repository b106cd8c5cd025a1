import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { createDeadlineMetrics } from '../../src/deadlines/deadline-metrics.ts'
import { createDrain, type SettleBatch } from '../../src/deadlines/drain-overdue.ts'
import { findNextDue, readBacklog, untilNextDue } from '../../src/deadlines/due-times.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { openIncidents, seedRegistry } from './open-incidents.ts'

const logger = pino({ level: 'silent' })
const running = new AbortController().signal
const soon = (): number => performance.now() + 60_000

function drainOf(settleBatch: SettleBatch, untilNextDue: () => Promise<number | undefined> = async () => -1) {
  const metrics = createDeadlineMetrics(new Registry())
  return { metrics, drain: createDrain({ untilNextDue, settleBatch, metrics, logger }) }
}

t.test('a drain claims until nothing is overdue, by the database’s clock alone', async (t) => {
  const { db } = await createTestDatabase(t)
  const clock = createMovableClock()
  const start = clock.now()
  await seedRegistry(db, 1_000)
  await openIncidents({ db, readClock: clock.read }, 300)
  const settling = { db, readClock: clock.read, onFailure: (_: string, error: unknown) => t.error(error) }
  const { drain, metrics } = drainOf(
    (limit) => claimAndSettle(settling, limit),
    () => untilNextDue(settling),
  )
  const overdue = async () => (await readBacklog(db, clock.now())).overdue
  const settled = async () => (await metrics.settled.get()).values[0]?.value

  clock.set(start + 1_000)
  t.same(await drain({ signal: running, endAt: soon() }), { end: 'empty', dueInMs: 0 })
  t.equal(await settled(), 0, 'what is due at this very instant is still in time')
  t.equal(await findNextDue(db), start + 1_000, 'and is the next due')

  clock.advance(1)
  t.strictSame(await readBacklog(db, clock.now()), { overdue: 900, oldestMs: 1 })
  let calls = 0
  const outcome = await drain({ signal: running, endAt: soon(), onBacklog: () => (calls += 1) })
  t.same(outcome, { end: 'empty', dueInMs: 1_000 }, 'the next rung is due next')
  t.equal(await settled(), 900)
  t.equal(await overdue(), 0)
  t.ok(calls > 0, 'a backlog of several batches calls for help')
  const lag = await metrics.lag.get()
  t.equal(lag.values.find((value) => value.metricName?.endsWith('_count'))?.value, 900)
  t.equal(lag.values.find((value) => value.metricName?.endsWith('_sum'))?.value.toFixed(3), '0.900')
})

t.test('a drain that fails is counted, and the next one goes on', async (t) => {
  let broken = true
  const { drain, metrics } = drainOf(async () => {
    if (broken) throw new Error('Connection terminated unexpectedly')
    return { handled: 0, lagsMs: [] }
  })
  t.match(await drain({ signal: running, endAt: soon() }), { end: 'failed' })
  t.match(await drain({ signal: running, endAt: soon() }), { end: 'failed' })
  broken = false
  t.match(await drain({ signal: running, endAt: soon() }), { end: 'empty' })
  t.equal((await metrics.failures.get()).values[0]?.value, 2)
})

t.test('a drain claims nothing where a look finds nothing overdue', async (t) => {
  let claims = 0
  for (const dueInMs of [undefined, 0, 1, 86_400_000]) {
    const { drain } = drainOf(
      async () => {
        claims += 1
        return { handled: 0, lagsMs: [] }
      },
      async () => dueInMs,
    )
    t.same(await drain({ signal: running, endAt: soon() }), { end: 'empty', dueInMs })
  }
  t.equal(claims, 0)
})

t.test('a drain does not spin over what somebody else holds', async (t) => {
  let claims = 0
  const { drain } = drainOf(async () => {
    claims += 1
    return { handled: 0, lagsMs: [] }
  })
  t.same(await drain({ signal: running, endAt: soon() }), { end: 'empty', dueInMs: -1 })
  t.equal(claims, 1)
})

t.test(
  'what an outage has left over is worked off by one drain of a process, and calls nobody',
  async (t) => {
    const hourMs = 3_600_000
    let underWay = 0
    let most = 0
    let left = 12
    let calls = 0
    const claim = async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await pause(5)
      underWay -= 1
      left -= 1
      return left < 0
        ? { handled: 0, lagsMs: [] }
        : { handled: 500, lagsMs: Array.from({ length: 500 }, () => 1) }
    }
    const work = async (dueInMs: number) => {
      most = 0
      left = 12
      calls = 0
      const { drain } = drainOf(claim, async () => dueInMs)
      const options = { signal: running, endAt: soon(), onBacklog: () => (calls += 1) }
      const ends = (await Promise.all([drain(options), drain(options), drain(options)])).map(({ end }) => end)
      return { ends: ends.toSorted(), after: (await drain(options)).end }
    }
    t.same(await work(-hourMs), { ends: ['empty', 'unfinished', 'unfinished'], after: 'empty' })
    t.equal(most, 1)
    t.equal(calls, 0)
    t.same(await work(-9_000), { ends: ['empty', 'empty', 'empty'], after: 'empty' })
    t.ok(most > 1, 'a burst is everybody’s work')
    t.ok(calls > 0)
  },
)

t.test(
  'a batch of breaches leaves each incident on its page, so that no index of them is written',
  async (t) => {
    const { db } = await createTestDatabase(t)
    const clock = createMovableClock()
    await seedRegistry(db, 1_000)
    await openIncidents({ db, readClock: clock.read }, 300)
    const pages = async () => {
      const { rows } = await sql<{ id: string; page: string }>`
      select id, split_part(ctid::text, ',', 1) as page from incidents order by id`.execute(db)
      return rows
    }
    const before = await pages()
    clock.advance(1_001)
    const settling = { db, readClock: clock.read, onFailure: (_: string, error: unknown) => t.error(error) }
    const { lagsMs } = await claimAndSettle(settling, 900)
    t.equal(lagsMs.length, 900)
    t.same(await pages(), before)
  },
)

/** As many as one batch holds, so that more may be overdue. */
const fullBatch = () => ({ handled: 500, lagsMs: Array.from({ length: 500 }, () => 1) })

t.test(
  'a drain settles what falls due during a batch together with what does so in the next moments',
  async (t) => {
    let batches = 0
    const { drain } = drainOf(async () => {
      batches += 1
      return batches === 1 ? fullBatch() : { handled: 3, lagsMs: [1, 1, 1] }
    })
    t.strictSame(await drain({ signal: running, endAt: soon() }), { end: 'empty', dueInMs: 0 })
    t.equal(batches, 2, 'a full batch is followed by another at once, one of three by none')
  },
)

t.test('a drain that is told to stop finishes the batch in hand and begins no other', async (t) => {
  const stopping = new AbortController()
  let begun = 0
  let finished = 0
  const { drain } = drainOf(async () => {
    begun += 1
    stopping.abort()
    await pause(20)
    finished += 1
    return fullBatch()
  })
  t.match(await drain({ signal: stopping.signal, endAt: soon() }), { end: 'unfinished' })
  t.strictSame([begun, finished], [1, 1])
})

t.test('a drain leaves the rest to the next round when its time is up', async (t) => {
  let batches = 0
  const { drain } = drainOf(async () => {
    batches += 1
    return fullBatch()
  })
  t.match(await drain({ signal: running, endAt: performance.now() - 1 }), { end: 'unfinished' })
  t.equal(batches, 1)
})
