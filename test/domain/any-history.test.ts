import fc from 'fast-check'
import t from 'tap'
import { commandTypes } from '../../src/domain/transitions.ts'
import { huangshi } from '../support/world-areas.ts'
import { faultsOf } from './incident-faults.ts'
import {
  type ActorName,
  hour,
  minute,
  onLadder,
  place,
  places,
  playCase,
  policy,
  receipt,
} from './played-case.ts'

/** Steps of time: none, the odd millisecond, whatever hits a due time, and days of an outage. */
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 10 * minute, 10 * minute + 1, hour, 8 * hour, 8 * hour + 1) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 30 * minute }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 10 * hour }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 * 24 * hour }) },
)

const movedGrid = place(
  places.grid.path.map((node) => (node.kind === 'street' ? { ...node, code: '420202999000' } : node)),
  8,
)

type Step =
  | { readonly pauseMs: number; readonly do: 'settle' }
  | { readonly pauseMs: number; readonly do: 'move' }
  | {
      readonly pauseMs: number
      readonly do: (typeof commandTypes)[number]
      readonly by: ActorName
      queuedMs: number
    }

const anyone = fc.constantFrom<ActorName[]>(
  'grid',
  'innerGrid',
  'community',
  'street',
  'district',
  'city',
  'responder',
  'neighbour',
)

/** Any command by anyone, much of which is refused, and what happens beside commands. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      pauseMs: pause,
      do: fc.constantFrom(...commandTypes),
      by: anyone,
      queuedMs: fc.constantFrom(0, 1, 2_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ pauseMs: pause, do: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ pauseMs: fc.constant(0), do: fc.constant('move' as const) }) },
)

/** A stretch of an ordinary life, with gaps, so that the later states are reached often. */
const stretch: fc.Arbitrary<Step[]> = fc
  .tuple(fc.subarray(['report_up', 'whistle', 'arrive', 'resolve', 'close', 'reopen'] as const), pause)
  .map(([commands, pauseMs]) =>
    commands.map((command) => ({
      pauseMs,
      do: command,
      by: command === 'arrive' || command === 'resolve' ? 'responder' : 'community',
      queuedMs: 0,
    })),
  )

const history = fc
  .array(fc.oneof({ weight: 3, arbitrary: step.map((one) => [one]) }, { weight: 1, arbitrary: stretch }), {
    maxLength: 20,
    size: 'max',
  })
  .map((stretches) => stretches.flat())

const policies = [
  policy,
  onLadder('grid', 'community', 'street', 'district', 'city'),
  onLadder('community', 'district'),
  onLadder('street'),
  { ...policy, unitMinimumMs: 0, unitLimitMs: 1 },
]

t.test(
  'after any history of commands, clocks and moved areas, everything about a case adds up',
  async (t) => {
    const reached = new Map<string, number>()
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.constantFrom(places.grid, places.innerGrid, places.community, places.street),
        history,
        (pinned, where, steps) => {
          const played = playCase({ policy: pinned, place: where })
          let now = 0
          for (const next of steps) {
            now += next.pauseMs
            played.at(now)
            const before = played.incident
            if (next.do === 'move') {
              if (where === places.grid) played.moveTo(movedGrid)
              continue
            }
            if (next.do === 'settle') played.settle()
            else {
              const refusal = played.act(next.do, next.by, next)
              const raised = played.incident.revision - before.revision
              if (raised !== (refusal === null ? 1 : 0))
                throw new Error(`${next.do} raised the revision by ${raised}`)
            }
            const faults = faultsOf(played.incident, played.events, receipt + now)
            if (faults.length > 0) throw new Error(faults.join('; '))
            if (
              before.deadlines.some(
                (row, index) =>
                  row.state !== 'running' && !sameVerdict(row, played.incident.deadlines[index]),
              )
            )
              throw new Error('an older verdict has changed')
            if (played.settle() !== 0) throw new Error('something overdue was left')
          }
          for (const { type } of played.events) reached.set(type, (reached.get(type) ?? 0) + 1)
        },
      ),
      { numRuns: 300 },
    )
    for (const type of ['deadline_breached', 'whistle_blown', 'arrived', 'resolved', 'closed', 'reopened'])
      t.ok((reached.get(type) ?? 0) > 0, `the histories reach ${type} ${reached.get(type) ?? 0} times`)
  },
)

function sameVerdict(
  before: { state: string; settledAt: number | null; dueAt: number; fulfilledAt: number | null },
  after: typeof before | undefined,
): boolean {
  return (
    after !== undefined &&
    after.state === before.state &&
    after.settledAt === before.settledAt &&
    after.dueAt === before.dueAt &&
    (before.fulfilledAt === null || after.fulfilledAt === before.fulfilledAt)
  )
}

t.test('whoever settles, and however often, what is overdue comes to the same end', async (t) => {
  const ladder = [huangshi.community, huangshi.street, huangshi.district]
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 * hour }), { minLength: 1, maxLength: 40 }),
      (pauses) => {
        const played = playCase()
        let now = 0
        for (const pauseMs of pauses) {
          now += pauseMs
          played.at(now).settle()
        }
        for (const promise of ['report', 'feedback', 'on_site'] as const) {
          const rows = played.incident.deadlines.filter((row) => row.promise === promise)
          // Each rung's time runs from the first look after the one below was due, and from nothing else.
          let dueAt = receipt + (policy.limitsMs[promise].community ?? 0)
          for (const [index, row] of rows.entries()) {
            if (row.accountable.code !== ladder[index] || row.dueAt !== dueAt)
              throw new Error(`${promise}: rung ${index}`)
            let look = receipt
            for (const pauseMs of pauses) if (look <= dueAt) look += pauseMs
            if ((row.state === 'breached') !== look > dueAt)
              throw new Error(`${promise}: rung ${index} is ${row.state}`)
            const next = (['street', 'district'] as const)[index]
            dueAt = look + (next === undefined ? 0 : (policy.limitsMs[promise][next] ?? 0))
          }
        }
      },
    ),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('the same commands at the same instants make the same events', async (t) => {
  const [first, second] = [playCase(), playCase()].map((played) => {
    played.at(hour).act('whistle', 'street')
    played.at(9 * hour).act('arrive', 'responder')
    return played.events
  })
  t.same(first, second)
  t.not(first, second)
})
