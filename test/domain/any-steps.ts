import fc from 'fast-check'
import { areaKinds } from '../../src/domain/area.ts'
import { promiseKinds } from '../../src/domain/deadline.ts'
import type { Command } from '../../src/domain/decide.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { type CommandType, commandTypes } from '../../src/domain/transitions.ts'
import { huangshi } from '../support/world-areas.ts'
import { commandOf, reportId } from './played-case.ts'
import { type ActorName, call, day, hour, minute } from './played-facts.ts'

/** One thing that happens in a history of two cases, of which the younger may be merged into the elder. */
export interface Step {
  /** How long after the last one. */
  readonly pauseMs: number
  readonly on: 'younger' | 'elder'
  readonly do: CommandType | 'wake' | 'move' | 'distrust' | 'trust'
  readonly by: ActorName
  readonly queuedMs: number
  /** What the command is about, where there is a choice: a number of its own for each. */
  readonly choice: number
}

/** Steps of time: none, the odd millisecond, whatever hits a due time, and days of an outage. */
const pause = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 10 * minute, 10 * minute + 1, hour, 8 * hour, 8 * hour + 1) },
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 3 * minute }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 4 * hour }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 100 * day }) },
)

const anyone = fc.constantFrom<ActorName[]>(
  'resident',
  'grid',
  'innerGrid',
  'buildingLeader',
  'community',
  'street',
  'district',
  'city',
  'administrator',
  'responder',
  'volunteer',
  'officer',
  'neighbour',
)

const otherThings = ['wake', 'wake', 'wake', 'move', 'distrust', 'trust', 'trust'] as const

function step(what: fc.Arbitrary<Step['do']>, by: fc.Arbitrary<ActorName>): fc.Arbitrary<Step> {
  return fc.record({
    pauseMs: pause,
    on: fc.constantFrom('younger', 'younger', 'elder'),
    do: what,
    by,
    queuedMs: fc.constantFrom(0, 1, 2_000),
    choice: fc.nat({ max: 2 ** 20 }),
  })
}

/** A stretch of an ordinary life, by whoever does such a thing, so that the later states are reached often. */
function stretch(...ways: (readonly (readonly [CommandType, ActorName])[])[]): fc.Arbitrary<Step[]> {
  return fc
    .tuple(fc.constantFrom(...ways), pause, fc.constantFrom<Step['on'][]>('younger', 'elder'), fc.nat())
    .map(([way, pauseMs, on, choice]) =>
      way.map(([command, by], index) => ({
        pauseMs: index === 0 ? pauseMs : minute,
        on,
        do: command,
        by,
        queuedMs: 0,
        choice,
      })),
    )
}

const ordinary = stretch(
  [
    ['report_up', 'community'],
    ['whistle', 'street'],
    ['accept', 'responder'],
    ['arrive', 'responder'],
    ['finish', 'responder'],
    ['resolve', 'street'],
    ['rate', 'resident'],
  ],
  [
    ['whistle', 'community'],
    ['return', 'responder'],
    ['whistle', 'community'],
    ['return', 'responder'],
    ['rule_return', 'street'],
  ],
  [
    ['request_pause', 'community'],
    ['approve_relief', 'city'],
    ['raise', 'district'],
    ['resume', 'district'],
  ],
  [
    ['request_pause', 'street'],
    ['refuse_relief', 'city'],
    ['request_pause', 'street'],
    ['approve_relief', 'district'],
  ],
  [
    ['whistle', 'street'],
    ['withdraw', 'street'],
  ],
  [
    ['request_extension', 'community'],
    ['approve_relief', 'administrator'],
    ['urge', 'city'],
  ],
  [
    ['settle', 'community'],
    ['close', 'community'],
    ['reopen', 'district'],
  ],
  [
    ['hand_down', 'district'],
    ['arrive', 'grid'],
  ],
  [
    ['merge', 'community'],
    ['unmerge', 'district'],
  ],
)

/** A history of any commands by anyone, much of which is refused, and of what happens beside commands. */
export const history: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: step(fc.constantFrom(...commandTypes), anyone).map((one) => [one]) },
      { weight: 2, arbitrary: step(fc.constantFrom(...otherThings), anyone).map((one) => [one]) },
      { weight: 4, arbitrary: ordinary },
    ),
    { maxLength: 20, size: 'max' },
  )
  .map((stretches) => stretches.flat())

/** The command that a step asks for, with one of the things that it can be about. */
export function commandIn({ do: type, choice }: Step, now: number, incident: Incident): Command | undefined {
  if (type === 'wake' || type === 'move' || type === 'distrust' || type === 'trust') return undefined
  const pick = <T>(...from: readonly T[]): T | undefined => from[(choice >> 4) % from.length]
  // Mostly the last one, because that is open more often than others.
  const one = (of: number) => (choice % 4 === 0 ? (choice % 5) + 1 : of)
  const assignmentNo = one(incident.assignments.length)
  const usual = commandOf(type, now)
  switch (usual.type) {
    case 'whistle':
      return pick(
        call('fire'),
        call('order', 'fire'),
        call('fire', 'volunteers'),
        call(null, 'volunteers', 'party'),
      )
    case 'hand_down':
      return { ...usual, areaCode: pick(huangshi.community, huangshi.grid, huangshi.street) ?? '' }
    case 'rule_return':
      return { ...usual, assignmentNo, upheld: choice % 3 > 0 }
    case 'withdraw':
      return { ...usual, assignmentNo }
    case 'raise':
      return { ...usual, rung: pick(...areaKinds) ?? 'street' }
    case 'request_pause':
      return { ...usual, promises: promises(choice), until: now + (pick(1, hour, 3 * hour, 2 * day) ?? 0) }
    case 'request_extension':
      return { ...usual, promises: promises(choice), byMs: pick(1, hour, day) ?? 1 }
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume':
      return { ...usual, reliefNo: one(incident.reliefs.length) }
    case 'rate':
      return {
        ...usual,
        rating: { reportId, solved: choice % 2 > 0, satisfaction: (choice % 5) + 1 },
        othersAsked: choice % 3 > 1,
      }
    default:
      return usual
  }
}

/** Some of the promises, at least one. */
function promises(choice: number) {
  const some = promiseKinds.filter((_, index) => (choice & (8 << index)) > 0)
  return some.length > 0 ? some : [...promiseKinds]
}
