import { setTimeout as pause } from 'node:timers/promises'
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

t.test('a drain that is told to stop finishes the batch in hand and begins no other', async (t) => {
  const stopping = new AbortController()
  let begun = 0
  let finished = 0
  const { drain } = drainOf(async () => {
    begun += 1
    stopping.abort()
    await pause(20)
    finished += 1
    return { handled: 1, lagsMs: [1] }
  })
  t.match(await drain({ signal: stopping.signal, endAt: soon() }), { end: 'unfinished' })
  t.strictSame([begun, finished], [1, 1])
})

t.test('a drain leaves the rest to the next round when its time is up', async (t) => {
  let batches = 0
  const { drain } = drainOf(async () => {
    batches += 1
    return { handled: 1, lagsMs: [1] }
  })
  t.match(await drain({ signal: running, endAt: performance.now() - 1 }), { end: 'unfinished' })
  t.equal(batches, 1)
})
