import t from 'tap'
import { ClockUnsettled } from '../../src/database/clock.ts'
import { openDatabase } from '../../src/database/open-database.ts'
import { createHost } from '../support/clock-host.ts'
import { createTestDatabase } from '../support/database.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

for (const [name, ms] of [
  ['an hour ahead', hour],
  ['an hour back', -hour],
  ['a day ahead', 24 * hour],
  ['a day back', -24 * hour],
] as const) {
  t.test(
    `a clock that jumps ${name} is a fault, by which time goes on as before, until it is back`,
    async (t) => {
      const host = createHost(await createTestDatabase(t))
      const [process, other] = [host.process(), host.process()]
      t.same(await process.look(), [0, 'sound'])
      t.same(await other.look(), [0, 'sound'])
      host.pass(10 * second)
      host.jump(ms)
      t.same(await process.look(), [0, 'fault'])
      t.same(await other.look(), [0, 'fault'], 'other processes say the same')
      host.pass(3 * hour)
      t.same(await host.process().look(), [0, 'fault'], 'one that starts takes it over')
      host.pass(second)
      host.jump(-ms)
      t.same(await other.look(), [0, 'sound'])
      t.same(await process.look(), [0, 'sound'])
      t.same(
        (await host.events()).map(({ type, offsetMs }) => [type, offsetMs]),
        [
          ['clock_fault_found', ms],
          ['clock_fault_cleared', null],
        ],
      )
      t.same((await host.state()).jumps, [], 'nobody has lost any time')
    },
  )
}

t.test('what two clocks differ by without being wrong is no fault', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const process = host.process()
  await process.look()
  for (const ms of [4_000, -4_000, 5_000, -5_000]) {
    host.jump(ms)
    t.same((await process.look())[1], 'sound', `a jump of ${ms} ms`)
  }
  for (let minutes = 0; minutes < 600; minutes += 1) {
    host.pass(minute)
    host.jump(300)
    t.same((await process.look())[1], 'sound')
  }
  t.same(await host.events(), [], 'a clock that gains 5 s in 1,000 s is followed')
  host.jump(3_000)
  await process.look()
  host.jump(3_000)
  t.same((await process.look())[1], 'fault', 'but small jumps add up within a minute')
})

t.test('a clock that jumps again while it is wrong is followed, and nobody loses time by it', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const [process, other] = [host.process(), host.process()]
  await process.look()
  await other.look()
  for (const ms of [hour, 24 * hour, -2 * hour]) {
    host.pass(second)
    host.jump(ms)
    t.same(await process.look(), [0, 'fault'])
    t.same(await other.look(), [0, 'fault'])
  }
  t.equal((await host.state()).offsetMs, 23 * hour)
})

t.test('a process whose own clock stood still is put right by one that has watched', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const [asleep, awake] = [host.process(), host.process()]
  await asleep.look()
  await awake.look()
  for (let looks = 0; looks < 10; looks += 1) {
    host.pass(10 * second)
    await awake.look()
  }
  asleep.stall(90 * second)
  t.same(await asleep.look(), [-90 * second, 'fault'])
  host.pass(second)
  t.same(await awake.look(), [0, 'sound'])
  t.same(await asleep.look(), [0, 'sound'])
  host.pass(minute)
  t.same(await asleep.look(), [0, 'sound'])
  t.same((await host.events()).length, 2, 'each has said its word once')
  const [jump] = (await host.state()).jumps
  t.equal(jump?.byMs, 90 * second, 'what was begun meanwhile was begun too early')
  t.equal(jump?.from, host.trueNow() - minute - second - 90 * second, 'from the fault on')
})

t.test('two that disagree for good do not do so for ever', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const processes = [host.process(), host.process(), host.process()]
  for (const process of processes) await process.look()
  host.pass(2 * minute)
  for (const process of processes) await process.look()
  host.pass(2 * minute)
  for (const [index, process] of processes.entries()) process.stall(index * 20 * second)
  host.jump(hour)
  for (let rounds = 0; rounds < 20; rounds += 1) {
    host.pass(second)
    for (const process of processes) t.same((await process.look())[1], 'fault')
  }
  const events = await host.events()
  t.ok(events.length <= 4, `they spoke ${events.length} times`)
  const said = await Promise.all(processes.map((process) => process.look()))
  t.same(said, [said[0], said[0], said[0]], 'and they go by one word')
})

t.test('one that has begun after the jump believes those who were there before', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const witness = host.process()
  await witness.look()
  host.jump(-hour)
  const late = host.process()
  t.same(await late.look(), [-hour, 'sound'], 'nothing tells it yet')
  t.same(await witness.look(), [0, 'fault'])
  t.same(await late.look(), [0, 'fault'])
  t.same((await host.events()).length, 1)
})

t.test('all readings of a process that find the same fault write it down once', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const process = host.process()
  await process.look()
  host.jump(hour)
  t.same(await Promise.all(Array.from({ length: 8 }, () => process.look())), Array(8).fill([0, 'fault']))
  t.same((await host.events()).length, 1)
  t.same(host.logged, ['the clock has left its course: nothing is breached'])
})

t.test('the deciding transaction may be rolled back, and the fault stays', async (t) => {
  const { db } = await createTestDatabase(t)
  const host = createHost({ db })
  const process = host.process()
  await process.look()
  host.jump(hour)
  await t.rejects(
    db.transaction().execute(async (trx) => {
      t.same(await process.readClock(trx), { now: host.trueNow(), clockFault: true, clockJumps: [] })
      throw new Error('undone')
    }),
    { message: 'undone' },
  )
  t.equal((await host.state()).offsetMs, hour)
})

t.test('where a fault cannot be written down nothing is decided', async (t) => {
  const { db, url } = await createTestDatabase(t)
  const host = createHost({ db })
  const process = host.process()
  await process.look()
  const owner = openDatabase({ url, poolMax: 1, applicationName: 'owner', role: 'login' })
  await owner.pool.query('revoke update on clock_state from whistle_app')
  host.jump(hour)
  await t.rejects(process.look(), { message: /permission denied/ })
  await owner.pool.query('grant update on clock_state to whistle_app')
  await owner.close()
  t.same(await process.look(), [0, 'fault'])
})

for (const [name, beforeMs, afterMs] of [
  ['waited for', 2_400, 0],
  ['answered late', 0, 2_400],
  ['both', 1_200, 1_200],
] as const) {
  t.test(`nobody decides by a time that has not come, though the first look was ${name}`, async (t) => {
    const host = createHost(await createTestDatabase(t))
    const [process, hasty] = [host.process(), host.process()]
    host.slow(beforeMs, afterMs)
    await hasty.look()
    await process.look()
    host.slow(0, 0)
    await process.look()
    host.pass(10 * second)
    host.jump(hour)
    t.same(await process.look(), [0, 'fault'], 'a later look that was quick knows it exactly')
    host.jump(-hour)
    t.same(await process.look(), [0, 'sound'])
    host.jump(hour)
    const [aheadMs = 0, state] = await hasty.look()
    t.equal(state, 'fault')
    t.ok(Number(aheadMs) <= 0 && Number(aheadMs) >= -2_400, `by the slow look alone ${aheadMs} ms`)
  })
}

t.test(
  'a fault that was found in a slow look is never ahead of time, and one in a slower look is none',
  async (t) => {
    const host = createHost(await createTestDatabase(t))
    const process = host.process()
    await process.look()
    host.slow(200, 50)
    host.jump(hour)
    // The reading is 50 ms old when it is told.
    t.same(await process.look(), [-50 - 200, 'fault'])
    host.slow(0, 0)
    host.jump(-hour)
    t.same(await process.look(), [0, 'sound'])
    host.slow(251, 0)
    host.jump(hour)
    await t.rejects(process.look(), ClockUnsettled)
    t.equal((await host.state()).offsetMs, null, 'nothing was concluded')
    host.slow(0, 0)
    t.same(await process.look(), [0, 'fault'])
  },
)
