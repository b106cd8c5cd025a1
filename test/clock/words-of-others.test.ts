import t from 'tap'
import { ClockUnsettled } from '../../src/database/clock.ts'
import { createHost } from '../support/clock-host.ts'
import { createTestDatabase } from '../support/database.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

t.test(
  'a clock that is earlier than it was seen last is a fault, and back once it has caught up',
  async (t) => {
    const host = createHost(await createTestDatabase(t))
    host.jump(hour)
    await host.process().bearWitness()
    host.jump(-hour)
    const process = host.process()
    t.same(await process.look(), [hour, 'fault'], 'time goes on from when it was seen last')
    host.pass(minute)
    host.jump(3 * hour)
    t.same(await process.look(), [3 * hour, 'sound'])
    t.same(
      (await host.state()).jumps.map(({ byMs }) => byMs),
      [2 * hour],
      'what began by that has lost the time since',
    )
  },
)

t.test(
  'whoever starts believes those who have just seen the clock, and waits where it is later than that',
  async (t) => {
    const host = createHost(await createTestDatabase(t))
    const watching = host.process()
    t.same(
      await host.process().look(),
      [0, 'sound'],
      'where nobody has ever watched the clock is taken as it is',
    )
    await watching.bearWitness()
    host.pass(6 * second)
    t.same(await host.process().look(), [0, 'sound'], 'it was seen in order some seconds ago')

    host.pass(minute)
    host.jump(hour)
    const starting = host.process()
    await t.rejects(starting.look(), ClockUnsettled, 'later than anybody has seen it: nothing is decided')
    host.pass(second)
    await watching.bearWitness()
    t.same(await starting.look(), [0, 'fault'], 'whoever has watched contradicts')
    host.jump(-hour)
    await watching.bearWitness()
    t.same(await starting.look(), [0, 'sound'])

    host.pass(hour)
    const early = host.process()
    await t.rejects(early.look(), ClockUnsettled)
    await watching.bearWitness()
    t.same(await early.look(), [0, 'sound'], 'whoever has watched confirms')

    host.pass(hour)
    const alone = host.process()
    await t.rejects(alone.look(), ClockUnsettled)
    host.pass(5 * second)
    t.same(await alone.look(), [0, 'sound'], 'nobody is there who could contradict')
  },
)

t.test('that the clock was back a moment ago says nothing of a clock that has jumped since', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const [seeing, away] = [host.process(), host.process()]
  await seeing.bearWitness()
  await away.look()
  host.jump(-hour)
  await seeing.look()
  t.same(await away.look(), [0, 'fault'])
  host.pass(10 * second)
  host.jump(hour)
  t.same(await seeing.look(), [0, 'sound'])
  host.pass(4 * second)
  host.jump(hour)
  t.same(await away.look(), [0, 'fault'], 'it has heard that the clock is back, and sees that it is not')
})

t.test('whoever starts during a fault waits where the clock has just jumped again', async (t) => {
  const host = createHost(await createTestDatabase(t))
  const watching = host.process()
  await watching.bearWitness()
  host.jump(hour)
  host.pass(second)
  await watching.bearWitness()
  t.same(await host.process().look(), [0, 'fault'])
  host.jump(hour)
  const starting = host.process()
  await t.rejects(starting.look(), ClockUnsettled)
  host.pass(second)
  await watching.bearWitness()
  t.same(await starting.look(), [0, 'fault'])
})
