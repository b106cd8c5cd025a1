import { areaKinds, type Place } from '../../src/domain/area.ts'
import { isLive, type PromiseKind, promiseKinds } from '../../src/domain/deadline.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { commandRoles } from '../../src/domain/permissions.ts'
import { type CommandType, commandTypes } from '../../src/domain/transitions.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Ask } from './asked.ts'
import { type CaseInPlay, caseAsked } from './case-in-play.ts'
import type { PlayedWorld } from './play-world.ts'
import type { Ledger } from './reference-ledger.ts'
import { life, reportsOf } from './reference-model.ts'
import { type SimulatedWorld, withoutLogin } from './simulated-world.ts'

/** Who asks for what next, by what they see of a case. `at` is when it arrives, in ms since the first receipt. */
export type Asker = (
  played: PlayedWorld,
  on: number,
  at: number,
) => { readonly ask: Ask; readonly by: number }

export interface AskerOptions {
  /** Now and then anybody asks for anything, be it that their role may not. */
  readonly strangers?: boolean
}

/** The part of the requests that nobody has thought about: without them little would be refused. */
const thoughtless = 0.45
/** What somebody who thinks considers to ask for, and in how many ways each. */
const thoughtsMax = 3
const waysMax = 6

/** What whoever is accountable asks for, and what somebody above them does. */
const asking: readonly CommandType[] = ['request_pause', 'request_extension', 'resume', 'report_up']
const deciding: readonly CommandType[] = [
  'approve_relief',
  'refuse_relief',
  'rule_return',
  'raise',
  'urge',
  'hand_down',
  'withdraw',
]

/** The two areas at the top of a place's path: nobody stands above them in a world, or hardly anybody. */
function topmost({ path }: Place): string[] {
  return path.slice(0, 2).map(({ code }) => code)
}

/**
 * Somebody who wants something: most of the time what makes sense as the case stands, by somebody near it; now and then
 * anything by anybody who may ask for such a thing at all.
 */
export function createAsker(
  world: SimulatedWorld,
  random: SeededRandom,
  { strangers = false }: AskerOptions,
): Asker {
  return (played, on, at) => {
    const one = played.cases[on]
    if (one === undefined) throw new Error('Nobody asks before there is a case')
    const draw = (command: CommandType) => ({
      ask: askFor(command, played, one, on),
      by: actorFor(one, command, on),
    })
    const drawCommand = () => (random.chance(0.75) ? sensible(played, one, on) : random.pick(commandTypes))
    if (random.chance(thoughtless)) return draw(drawCommand())
    // Whoever knows the rules thinks of how it could be asked, and by whom, then of something else.
    for (let thought = 0; thought < thoughtsMax; thought += 1) {
      const command = drawCommand()
      for (let way = 0; way < waysMax; way += 1) {
        const asked = draw(command)
        if (played.allows({ ...asked, on, at })) return asked
      }
    }
    return draw(drawCommand())
  }

  function sensible({ cases }: PlayedWorld, { incident }: CaseInPlay, on: number): CommandType {
    const legal = commandTypes.filter((command) => {
      const asked = cases[caseAsked(cases, on, command)]
      return life[command].includes(asked?.incident.state ?? incident.state)
    })
    const open = incident.assignments.filter(({ endedAt }) => endedAt === null)
    const lead = open.some(({ part }) => part === 'lead')
    const waits = open.some(({ state }) => state === 'return_requested')
    const runs = incident.deadlines.some(({ state }) => state === 'running')
    const wanted = (state: 'requested' | 'approved', pause = false) =>
      incident.reliefs.some((each) => each.state === state && (!pause || each.kind === 'pause'))
    const weights: Partial<Record<CommandType, number>> = {
      accept: open.some(({ state }) => state === 'assigned') ? 4 : 0,
      return: waits ? 30 : open.some(({ arrivedAt }) => arrivedAt === null) ? 5 : 0,
      rule_return: waits ? 100 : 0,
      withdraw: open.length > 0 ? 2 : 0,
      finish: open.some(({ state }) => state === 'arrived') ? 40 : 0,
      whistle: lead ? 1 : 4,
      hand_down: lead ? 0 : 2,
      arrive: 4,
      request_pause: runs && !wanted('requested') ? 6 : 5,
      // An extension that is approved while something stands still puts off what runs, and nothing else.
      request_extension: wanted('requested') ? 1 : wanted('approved', true) ? 20 : runs ? 3 : 1,
      approve_relief: wanted('requested') ? (wanted('approved', true) ? 80 : 30) : 0,
      refuse_relief: wanted('requested') ? 4 : 0,
      resume: wanted('approved', true) ? 70 : 0,
      settle: 1,
      reject: 1,
      resolve: 5,
      report_up: 3,
      merge: cases.length > 1 ? 8 : 0,
      unmerge: 4,
      rate: 8,
      reopen: 2,
      reveal_reporter: 0.5,
      urge: 1,
      raise: 5,
      close: 10,
    }
    return random.weighted(legal.map((command) => [weights[command] ?? 2, command] as const))
  }

  /** Somebody whose role may ask for it; most of the time near the case, so that it gets on. */
  function actorFor({ incident, place }: CaseInPlay, command: CommandType, on: number): number {
    if (strangers && random.chance(0.04)) return random.below(world.actors.length)
    if (command === 'rate' && random.chance(0.9)) return rater(on)
    const roles: readonly string[] = commandRoles[command]
    const able = [...world.actors.entries()].filter(([, { role }]) => roles.includes(role))
    const open = incident.assignments.filter(({ endedAt }) => endedAt === null)
    const near = able.filter(([, actor]) =>
      actor.unitCode === undefined
        ? place.path.some(({ code }) => code === actor.areaCode)
        : open.some(({ assignee }) => assignee.code === actor.unitCode),
    )
    const holders = incident.deadlines.filter(isLive).map(({ accountable }) => accountable.code)
    const meant = near.filter(([, { unitCode, areaCode, role }]) => {
      if (asking.includes(command)) return holders.includes(unitCode ?? areaCode ?? '')
      if (deciding.includes(command))
        return role === 'administrator' || (areaCode !== undefined && topmost(place).includes(areaCode))
      return unitCode !== undefined
    })
    const from = meant.length > 0 && random.chance(0.75) ? meant : near
    const [index] = random.pick(from.length > 0 && random.chance(0.88) ? from : able)
    return index
  }

  /** Whoever sent a report; where that was for somebody else, as often those who follow it by its link. */
  function rater(on: number): number {
    const by = world.reports[on]?.by ?? 0
    const forAnother = ['dispatcher', 'responder'].includes(world.actors[by]?.role ?? '')
    return forAnother && random.chance(0.5) ? world.actors.indexOf(withoutLogin) : by
  }

  /** Some promises, mostly of those that are still owed. */
  function promises({ deadlines }: Incident): PromiseKind[] {
    const owed = promiseKinds.filter((each) =>
      deadlines.some((row) => row.promise === each && row.state === 'running'),
    )
    const from = owed.length > 0 && random.chance(0.8) ? owed : promiseKinds
    const some = from.filter(() => random.chance(0.5))
    return some.length > 0 ? some : [random.pick(from)]
  }

  /** The number of what is open, most of the time. */
  function numberOf<T>(all: readonly T[], isOpen: (one: T) => boolean): number {
    const open = [...all.keys()].filter((index) => all.slice(index, index + 1).some(isOpen))
    return (open.length > 0 && random.chance(0.9) ? random.pick(open) : random.below(all.length + 2)) + 1
  }

  function calls({ assignments }: Incident) {
    const lead = assignments.some(({ part, endedAt }) => part === 'lead' && endedAt === null)
    const [first, ...rest] = random.shuffled(random.chance(0.6) ? world.units.slice(0, 5) : world.units)
    if (first === undefined) throw new Error('A world has units')
    const part = random.chance(lead ? 0.1 : 0.8) ? ('lead' as const) : ('support' as const)
    const more = rest.slice(0, random.below(3)).map((unit) => ({ unit, part: 'support' as const }))
    return [{ unit: first, part }, ...more]
  }

  /** Another case, mostly; now and then itself, or one that is still to come. */
  function mergedInto(cases: number, on: number): number {
    const others = [...world.reports.keys()].filter((index) => index < cases && index !== on)
    return others.length > 0 && random.chance(0.9) ? random.pick(others) : random.below(world.reports.length)
  }

  /** A report of the case whose sender is not named, where there is one, most of the time. */
  function revealed(ledger: Ledger, cases: readonly CaseInPlay[]): number {
    const own = reportsOf(ledger)
    const hidden = [...cases.entries()].flatMap(
      ([
        index,
        {
          ledger: { facts },
        },
      ]) => (own.includes(facts.reportId) && world.reports[index]?.anonymous === true ? [index] : []),
    )
    return hidden.length > 0 && random.chance(0.8) ? random.pick(hidden) : random.below(world.reports.length)
  }

  function askFor(
    type: CommandType,
    played: PlayedWorld,
    { incident, ledger, place }: CaseInPlay,
    on: number,
  ): Ask {
    const { policy } = ledger.facts
    const some = (ms: number) =>
      random.weighted([
        [5, 1 + random.below(ms)],
        [3, ms],
        [1, ms + 1],
        [1, 0],
      ])
    switch (type) {
      case 'whistle':
        return { type, calls: calls(incident) }
      case 'hand_down':
        return { type, areaCode: random.pick(random.chance(0.9) ? place.path.slice(1) : world.areas).code }
      case 'rule_return':
        return {
          type,
          no: numberOf(incident.assignments, ({ state }) => state === 'return_requested'),
          upheld: random.chance(0.5),
        }
      case 'withdraw':
        return { type, no: numberOf(incident.assignments, ({ endedAt }) => endedAt === null) }
      case 'raise':
        return { type, rung: random.pick(random.chance(0.8) ? policy.ladder : areaKinds) }
      case 'request_pause':
        return { type, promises: promises(incident), until: played.now + some(policy.pauseMaxMs) }
      case 'request_extension':
        return { type, promises: promises(incident), byMs: some(policy.extensionMaxMs) }
      case 'approve_relief':
      case 'refuse_relief':
        return { type, no: numberOf(incident.reliefs, ({ state }) => state === 'requested') }
      case 'resume':
        return { type, no: numberOf(incident.reliefs, ({ state }) => state === 'approved') }
      case 'rate':
        return { type, solved: random.chance(0.5) }
      case 'merge':
        return { type, into: mergedInto(played.cases.length, on) }
      case 'reveal_reporter':
        return { type, report: revealed(ledger, played.cases) }
      default:
        return { type }
    }
  }
}
