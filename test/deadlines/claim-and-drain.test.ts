import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { createDeadlineMetrics } from '../../src/deadlines/deadline-metrics.ts'
import { createDrain, type SettleBatch } from '../../src/deadlines/drain-overdue.ts'
import { findNextDue, readBacklog } from '../../src/deadlines/due-times.ts'
import { createMovableClock } from '../support/clock.ts'
import { createTestDatabase } from '../support/database.ts'
import { openIncidents, seedRegistry } from './open-incidents.ts'

const logger = pino({ level: 'silent' })
const running = new AbortController().signal
const soon = (): number => performance.now() + 60_000

function drainOf(settleBatch: SettleBatch) {
  const metrics = createDeadlineMetrics(new Registry())
  return { metrics, drain: createDrain({ settleBatch, metrics, logger }) }
}

t.test('a drain claims until nothing is overdue, by the database’s clock alone', async (t) => {
  const { db } = await createTestDatabase(t)
  const clock = createMovableClock()
  const start = clock.now()
  await seedRegistry(db, 1_000)
  await openIncidents({ db, readClock: clock.read }, 300)
  const settling = { db, readClock: clock.read, onFailure: (_: string, error: unknown) => t.error(error) }
  const { drain, metrics } = drainOf((limit) => claimAndSettle(settling, limit))
  const overdue = async () => (await readBacklog(db, clock.now())).overdue
  const settled = async () => (await metrics.settled.get()).values[0]?.value

  clock.set(start + 1_000)
  t.equal(await drain({ signal: running, endAt: soon() }), 'empty')
  t.equal(await settled(), 0, 'what is due at this very instant is still in time')
  t.equal(await findNextDue(db, start + 1_000), start + 1_000, 'and is the next due')
  t.equal(await findNextDue(db, start + 999), undefined, 'with nothing due before it')

  clock.advance(1)
  t.strictSame(await readBacklog(db, clock.now()), { overdue: 900, oldestMs: 1 })
  let calls = 0
  t.equal(await drain({ signal: running, endAt: soon(), onBacklog: () => (calls += 1) }), 'empty')
  t.equal(await settled(), 900)
  t.equal(await overdue(), 0)
  t.ok(calls > 0, 'a backlog of several batches calls for help')
  t.equal(await findNextDue(db, start + 5_000), start + 2_001, 'the next rung is due next')
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
  t.equal(await drain({ signal: running, endAt: soon() }), 'failed')
  t.equal(await drain({ signal: running, endAt: soon() }), 'failed')
  broken = false
  t.equal(await drain({ signal: running, endAt: soon() }), 'empty')
  t.equal((await metrics.failures.get()).values[0]?.value, 2)
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
  t.equal(await drain({ signal: stopping.signal, endAt: soon() }), 'unfinished')
  t.strictSame([begun, finished], [1, 1])
})

t.test('a drain leaves the rest to the next round when its time is up', async (t) => {
  let batches = 0
  const { drain } = drainOf(async () => {
    batches += 1
    return { handled: 1, lagsMs: [1] }
  })
  t.equal(await drain({ signal: running, endAt: performance.now() - 1 }), 'unfinished')
  t.equal(batches, 1)
})
