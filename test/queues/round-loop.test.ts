import { pino } from 'pino'
import t from 'tap'
import { startRoundLoop } from '../../src/queues/round-loop.ts'
import { settleWithin } from '../../src/queues/settle-within.ts'
import { eventually } from './eventually.ts'

const logger = pino({ level: 'silent' })

t.test('a round that fails ends itself only, and health does not count it', async (t) => {
  let rounds = 0
  let broken = true
  const loop = startRoundLoop({
    name: 'test',
    intervalMs: 5,
    logger,
    async round() {
      rounds += 1
      if (broken) throw new Error('坏了')
    },
  })
  t.ok((await eventually(() => rounds >= 10, 2_000)) < 2_000)
  t.ok(loop.sinceSuccessMs() >= 40, 'no round has succeeded since the start')
  broken = false
  t.ok((await eventually(() => loop.sinceSuccessMs() < 30, 2_000)) < 2_000)
  await loop.stop(1_000)
  const after = rounds
  await new Promise((resolve) => setTimeout(resolve, 30))
  t.equal(rounds, after, 'stopped, it begins no other')
})

t.test(
  'a loop that knows what comes next wakes for it, and after a failure goes by its interval',
  async (t) => {
    let rounds = 0
    const loop = startRoundLoop({
      name: 'test',
      intervalMs: 3_600_000,
      untilNextMs: () => (rounds < 3 ? 1 : Number.POSITIVE_INFINITY),
      logger,
      async round() {
        rounds += 1
      },
    })
    t.ok((await eventually(() => rounds === 3, 2_000)) < 2_000)
    await loop.stop(1_000)
    let failures = 0
    const failing = startRoundLoop({
      name: 'test',
      intervalMs: 3_600_000,
      untilNextMs: () => 0,
      logger,
      async round() {
        failures += 1
        throw new Error('坏了')
      },
    })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await failing.stop(1_000)
    t.equal(failures, 1)
  },
)

t.test('stopping tells the round in hand and waits for it, within bounds', async (t) => {
  let told = false
  let finished = false
  const loop = startRoundLoop({
    name: 'test',
    intervalMs: 5,
    logger,
    async round(signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      told = true
      await new Promise((resolve) => setTimeout(resolve, 50))
      finished = true
    },
  })
  await loop.stop(1_000)
  t.strictSame([told, finished], [true, true])

  const stuck = startRoundLoop({
    name: 'test',
    intervalMs: 5,
    logger,
    round: () => new Promise(() => undefined),
  })
  const stoppedAt = performance.now()
  await stuck.stop(50)
  t.ok(performance.now() - stoppedAt < 1_000)
})

t.test('a promise is waited for no longer than its limit', async (t) => {
  t.equal(await settleWithin(Promise.resolve('x'), 1_000), true)
  t.equal(await settleWithin(new Promise(() => undefined), 20), false)
  await t.rejects(settleWithin(Promise.reject(new Error('坏了')), 1_000))
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 40))
  t.equal(await settleWithin(late, 10), false, 'one that fails later is left alone')
  await new Promise((resolve) => setTimeout(resolve, 60))
})
