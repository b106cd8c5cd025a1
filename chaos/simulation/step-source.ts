import { type CommandType, commandTypes } from '../../src/domain/transitions.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { PlayedWorld } from './play-world.ts'
import { life } from './reference-model.ts'
import type { SimulatedWorld, Step } from './simulated-world.ts'

const hour = 3_600_000

/** How many steps a world takes: enough for a case to be ended, reopened and to climb to the top. */
const stepsMin = 8
const stepsMore = 32
/** Requests that are under way at once: more of them arrive in another order than they were sent in. */
const inFlightMax = 3

/**
 * What happens next in a world, by chance: actors who decide by what they saw and whose requests arrive later, twice or in
 * another order; wake-ups that come at once, early, late, doubled or never; areas that are moved; a clock that jumps or is
 * not trusted. Nothing where the world has ended.
 */
export function createStepSource(
  world: SimulatedWorld,
  random: SeededRandom,
): (played: PlayedWorld) => Step | undefined {
  let left = stepsMin + random.below(stepsMore)
  let keys = 0
  let seen = 0
  let distrusted = false
  let retired = false
  const calm = random.chance(0.5)
  const underWay: Step[] = []
  const isLeaf = world.areas.every(({ parent }) => parent !== world.areaCode)

  /** An instant from now on, often exactly where something is due or a millisecond beside it. */
  function sometime({ incident, now }: PlayedWorld): number {
    const live = incident.deadlines.filter(
      ({ state, dueAt }) => state === 'running' && dueAt >= incident.lastEventAt,
    )
    if (live.length > 0 && random.chance(0.45)) {
      const dueAt = random.pick(live).dueAt - incident.receivedAt
      return Math.max(
        now,
        dueAt +
          random.weighted([
            [2, -1],
            [3, 0],
            [3, 1],
            [1, random.below(5_000) - 2_500],
          ]),
      )
    }
    return (
      now +
      random.weighted([
        [1, 0],
        [2, random.below(1_000)],
        [3, random.below(60_000)],
        [2, random.below(hour)],
        [1, random.below(10 * hour)],
      ])
    )
  }

  function request(played: PlayedWorld): Step {
    const legal = commandTypes.filter((command) => life[command][0].includes(played.incident.state))
    const command: CommandType = random.chance(0.65) ? random.pick(legal) : random.pick(commandTypes)
    keys += 1
    return {
      at: sometime(played),
      do: 'act',
      command,
      by: actorFor(played, command),
      unit: random.weighted([
        [5, 0],
        [3, 1],
        [1, 2],
        [1, 3],
      ]),
      queuedMs: random.chance(0.3) ? random.below(2_000) : 0,
      key: keys,
    }
  }

  /** Anybody at all; but most of the time somebody who is near the case, so that it gets on. */
  function actorFor({ incident, place }: PlayedWorld, command: CommandType): number {
    const indexes = [...world.actors.keys()]
    if (random.chance(0.25)) return random.pick(indexes)
    const lead = incident.assignments.find(({ endedAt }) => endedAt === null)
    const near = indexes.filter((index) => {
      const actor = world.actors[index]
      if (command === 'arrive' && lead !== undefined) return actor?.unitCode === lead.unitCode
      return actor?.unitCode === undefined
        ? place.path.some(({ code }) => code === actor?.areaCode)
        : actor.unitCode === lead?.unitCode
    })
    return random.pick(near.length > 0 ? near : indexes)
  }

  /** The wake-ups that deadlines have queued for themselves; some of them get lost. */
  function queueWakes({ incident }: PlayedWorld): void {
    for (const { dueAt } of incident.deadlines.slice(seen)) {
      const due = dueAt - incident.receivedAt
      const times = random.weighted([
        [calm ? 6 : 2, 0],
        [4, 1],
        [2, 2],
      ])
      for (let time = 0; time < times; time += 1) {
        const late = random.weighted([
          [2, -1],
          [3, 0],
          [6, 1],
          [3, random.below(1_000)],
          [2, random.below(8 * hour)],
        ])
        underWay.push({ at: due + late, do: 'wake' })
      }
    }
    seen = incident.deadlines.length
  }

  function anotherThing(played: PlayedWorld): Step | undefined {
    const at = sometime(played)
    if (random.chance(0.06) && !(retired && isLeaf)) return { at, do: 'move', ...random.pick(world.moves) }
    if (random.chance(0.02) && isLeaf && !retired) {
      retired = true
      return { at, do: 'retire' }
    }
    if (random.chance(0.03)) return { at, do: 'policy' }
    // The clock is set back or ahead by what no guard would notice, or has become unbelievable.
    if (random.chance(0.03)) return { at: Math.max(0, at + random.below(10_000) - 5_000), do: 'wake' }
    if (random.chance(distrusted ? 0.25 : 0.03)) {
      distrusted = !distrusted
      if (distrusted) return { at, do: 'distrust' }
      return { at, do: 'trust', aheadMs: random.chance(0.5) ? 5_001 + random.below(10 * hour) : 0 }
    }
    return random.chance(0.08) ? { at, do: 'wake' } : undefined
  }

  return (played) => {
    if (left === 0) return undefined
    left -= 1
    queueWakes(played)
    const other = anotherThing(played)
    if (other !== undefined) return other
    const waiting = underWay.filter((step) => step.do === 'act').length
    if (waiting === 0 || (waiting < inFlightMax && random.chance(0.3))) {
      const step = request(played)
      underWay.push(step)
      // The answer got lost, so the phone asks once more, while the first request may still be under way.
      if (random.chance(0.12)) underWay.push({ ...step, at: step.at + random.below(5_000) })
    }
    underWay.sort((one, other) => one.at - other.at)
    return underWay.shift()
  }
}
