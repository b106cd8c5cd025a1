import type { SeededRandom } from '../seeded-random.ts'
import { type AskerOptions, createAsker } from './asker.ts'
import type { PlayedWorld } from './play-world.ts'
import type { SimulatedWorld, Step } from './simulated-world.ts'

const hour = 3_600_000

/** How many steps a world takes: enough for a case to be ended, reopened and to climb to the top. */
const stepsMin = 8
const stepsMore = 40
/** Requests that are under way at once: more of them arrive in another order than they were sent in. */
const inFlightMax = 3

/**
 * What happens next in a world, by chance: actors who decide by what they saw and whose requests arrive later, twice or in
 * another order; a second report; wake-ups that come at once, early, late, doubled or never; areas that are moved; a clock that
 * jumps or is not trusted. Nothing where the world has ended.
 */
export function createStepSource(
  world: SimulatedWorld,
  random: SeededRandom,
  options: AskerOptions = {},
): (played: PlayedWorld) => Step | undefined {
  let left = stepsMin + random.below(stepsMore)
  let keys = 0
  const seen = new Map<number, number>()
  let distrusted = false
  let retired = false
  const calm = random.chance(0.5)
  const underWay: Step[] = []
  const ask = createAsker(world, random, options)
  const [{ areaCode: first }, ...others] = world.reports
  const isLeaf = world.areas.every(({ parent }) => parent !== first)
  /** Worlds of one case get further in it. */
  let toCome = random.chance(0.4) ? 0 : 1 + random.below(world.reports.length - 1)

  /** An instant from now on, often exactly where something is due or ends by itself, or a millisecond beside it. */
  function sometime({ cases, now, receivedAt }: PlayedWorld): number {
    const ahead = cases.flatMap(({ incident, ledger }) => [
      ...incident.deadlines.flatMap(({ state, dueAt }) => (state === 'running' ? [dueAt] : [])),
      ...incident.reliefs.flatMap(({ state, until }) =>
        (state === 'requested' || state === 'approved') && until !== null ? [until] : [],
      ),
      ...(incident.state === 'resolved' && incident.endedAt !== null
        ? [incident.endedAt + ledger.facts.policy.ratingTimeMs]
        : []),
    ])
    const live = ahead.filter((at) => at >= receivedAt + now)
    if (live.length > 0 && random.chance(0.3)) {
      const at = random.pick(live) - receivedAt
      return Math.max(
        now,
        at +
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
        [4, 0],
        [9, random.below(1_000)],
        [3, random.below(60_000)],
        [1, random.below(hour)],
        [1, random.below(10 * hour)],
      ])
    )
  }

  function request(played: PlayedWorld): Step {
    keys += 1
    const later = played.cases.length - 1
    const on = later > 0 && random.chance(0.6) ? 1 + random.below(later) : 0
    const at = sometime(played)
    return {
      at,
      do: 'act',
      on,
      ...ask(played, on, at),
      queuedMs: random.chance(0.3) ? random.below(2_000) : 0,
      key: keys,
      seen: played.cases[on]?.incident.revision ?? 0,
    }
  }

  /** The wake-ups that deadlines have queued for themselves; some of them get lost. */
  function queueWakes({ cases, receivedAt }: PlayedWorld): void {
    for (const [index, { incident }] of cases.entries()) {
      for (const { dueAt } of incident.deadlines.slice(seen.get(index) ?? 0)) {
        const times = random.weighted([
          [calm ? 20 : 5, 0],
          [4, 1],
          [1, 2],
        ])
        for (let time = 0; time < times; time += 1) {
          const late = random.weighted([
            [2, -1],
            [3, 0],
            [6, 1],
            [3, random.below(1_000)],
            [2, random.below(8 * hour)],
          ])
          underWay.push({ at: dueAt - receivedAt + late, do: 'wake' })
        }
      }
      seen.set(index, incident.deadlines.length)
    }
  }

  function anotherThing(played: PlayedWorld): Step | undefined {
    const at = sometime(played)
    if (toCome > 0 && !distrusted && random.chance(0.3)) {
      toCome -= 1
      return { at: played.now + random.below(1_000), do: 'report' }
    }
    if (random.chance(0.05) && !(retired && isLeaf)) return { at, do: 'move', ...random.pick(world.moves) }
    // What is retired takes no report any more.
    if (
      random.chance(0.02) &&
      isLeaf &&
      !retired &&
      (toCome === 0 || others.every(({ areaCode }) => areaCode !== first))
    ) {
      retired = true
      return { at, do: 'retire' }
    }
    if (random.chance(0.03) && toCome === 0) return { at, do: 'policy' }
    // The clock is set back or ahead by what no guard would notice, or has become unbelievable.
    if (random.chance(0.03)) return { at: Math.max(0, at + random.below(10_000) - 5_000), do: 'wake' }
    if (random.chance(distrusted ? 0.25 : 0.03)) {
      distrusted = !distrusted
      if (distrusted) return { at, do: 'distrust' }
      return { at, do: 'trust', aheadMs: random.chance(0.5) ? 5_001 + random.below(10 * hour) : 0 }
    }
    return random.chance(0.06) ? { at, do: 'wake' } : undefined
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
      if (random.chance(0.1)) underWay.push({ ...step, at: step.at + random.below(5_000) })
    }
    underWay.sort((one, other) => one.at - other.at)
    return underWay.shift()
  }
}
