import fc from 'fast-check'
import t from 'tap'
import { ClockUnsettled } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { createFaultyWorld } from '../support/faulty-world.ts'
import { worldActors } from '../support/world-actors.ts'

t.setTimeout(240_000)

const minute = 60_000
const hour = 60 * minute

type Step =
  | { readonly do: 'pass' | 'jump' | 'jump_at_start'; readonly ms: number }
  | { readonly do: 'act' | 'settle' | 'submit' | 'accept' | 'back' | 'restart' }

/** What two clocks may differ by, and as long as a process that starts goes by what was seen before. */
const unseenMs = 7_000
/** Jumps that a guard must see; smaller ones are what clocks may differ by. */
const jumps = [8_000, hour, 24 * hour].flatMap((ms) => [ms, -ms])
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, minute, 10 * minute, hour, 8 * hour),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(...jumps) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('jump_at_start' as const), ms: fc.constantFrom(...jumps) }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      { do: 'act' },
      { do: 'settle' },
      { do: 'submit' },
      { do: 'accept' },
      { do: 'back' },
      { do: 'restart' },
    ),
  },
)

/** Courses that each run takes, whatever chance adds: promises that run out, a jump that is accepted, and one in the moment of a start. */
const courses: [Step[]][] = [
  [
    [
      { do: 'submit' },
      { do: 'pass', ms: hour },
      { do: 'settle' },
      { do: 'pass', ms: 8 * hour },
      { do: 'settle' },
    ],
  ],
  [[{ do: 'pass', ms: minute }, { do: 'jump', ms: hour }, { do: 'accept' }, { do: 'settle' }]],
  [[{ do: 'pass', ms: minute }, { do: 'jump_at_start', ms: hour }, { do: 'settle' }]],
]

t.test('whatever the clock does, nothing is breached that has not had its time', async (t) => {
  const world = await createFaultyWorld(t)
  const { db, clock, guarded } = world
  let breachesSeen = 0
  let wrongMs = 0
  let promisesProlonged = 0
  let waited = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16, size: 'max' }), async (steps) => {
      await world.bearWitness()
      const processes = [world.readClock, guarded.startProcess()]
      await processes[1]?.(db)
      const ids = [(await world.submit()).incidentId]
      /** True time at which each promise was given, by incident and number, handing over included. */
      const given = new Map<string, { at: number; limitMs: number }>()
      const judged = new Set<string>()
      const look = async () => {
        const rows = await db
          .selectFrom('deadlines')
          .selectAll()
          .where('incident_id', 'in', ids)
          .orderBy('no')
          .execute()
        for (const row of rows) {
          const key = `${row.incident_id} ${row.no}`
          const handed = given.get(`${row.incident_id} ${row.handed_from}`)
          const limitMs = row.due_at - row.prolonged_ms - row.started_at
          if (!given.has(key)) given.set(key, handed ?? { at: clock.now(), limitMs })
          if (row.prolonged_ms > 0) promisesProlonged += 1
          const promise = given.get(key)
          if (row.state !== 'breached' || judged.has(key) || promise === undefined) continue
          judged.add(key)
          breachesSeen += 1
          const hadMs = clock.now() - promise.at
          // The guard does not see what two clocks may differ by.
          if (hadMs < promise.limitMs - unseenMs)
            throw new Error(`${key} had ${hadMs} of ${promise.limitMs} ms`)
        }
      }
      await look()
      // In the end the clock is right, and everything that has had its time is breached.
      const whole: Step[] = [...steps, { do: 'back' }, { do: 'pass', ms: 10 * minute + 1 }, { do: 'settle' }]
      for (const next of whole) {
        switch (next.do) {
          case 'pass':
            clock.advance(next.ms)
            await world.bearWitness()
            break
          case 'jump_at_start': {
            // A process whose first look is the first one after a jump.
            wrongMs += next.ms
            guarded.jump(next.ms)
            const readClock = guarded.startProcess()
            processes[1] = readClock
            const early = claimAndSettle({ db, readClock, onFailure: (_, error) => t.error(error) }, 500)
            await early.catch((error: unknown) => {
              if (!(error instanceof ClockUnsettled)) throw error
              waited += 1
            })
            await world.bearWitness()
            for (const process of processes) await process(db)
            break
          }
          case 'jump':
          case 'back': {
            const ms = next.do === 'jump' ? next.ms : -wrongMs
            wrongMs += ms
            guarded.jump(ms)
            // Somebody looks within a second: those that live do so all the time.
            await world.bearWitness()
            for (const process of processes) await process(db)
            break
          }
          case 'restart':
            await world.bearWitness()
            processes[1] = guarded.startProcess()
            break
          case 'submit':
            ids.push((await world.submit()).incidentId)
            break
          case 'act':
            await world.act(ids[0] ?? '', worldActors.community, { type: 'feedback' })
            break
          case 'accept':
            await world.accept().catch((error: { code?: string }) => {
              if (error.code !== 'clock_is_sound') throw error
            })
            wrongMs = 0
            break
          case 'settle':
            for (const readClock of processes)
              await claimAndSettle({ db, readClock, onFailure: (_, error) => t.error(error) }, 500)
        }
        await look()
      }
    }),
    { numRuns: 30, examples: courses },
  )
  t.ok(breachesSeen > 0, `${breachesSeen} breaches`)
  t.ok(waited > 0, `${waited} processes waited for those who watch`)
  t.ok(promisesProlonged > 0, `${promisesProlonged} looks at prolonged deadlines`)
  await world.check(t, 'in the end')
})
