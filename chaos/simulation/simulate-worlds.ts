import { answerElsewhere, joinReports, separateReports } from '../../src/domain/commands/merge.ts'
import { decide } from '../../src/domain/decide.ts'
import { noticesOf } from '../../src/domain/notices-of.ts'
import { openIncident } from '../../src/domain/open-incident.ts'
import { settleOverdue } from '../../src/domain/settle-overdue.ts'
import { faultsOf } from '../../test/domain/incident-faults.ts'
import { createRandom } from '../seeded-random.ts'
import type { Domain } from './domain-in-play.ts'
import { type CaseNames, type PlayedWorld, playWorld } from './play-world.ts'
import { createWorldFrom, type SimulatedWorld, type Step } from './simulated-world.ts'
import { createStepSource } from './step-source.ts'
import { type Tally, tallyStep, tallyWorld } from './tally.ts'

/** The domain as it is. */
export const soundDomain: Domain = {
  openIncident,
  decide,
  settleOverdue,
  joinReports,
  separateReports,
  answerElsewhere,
  noticesOf,
}

/** 2026-11-20 09:00:00.000 in Shanghai: when every simulated report is received. */
const receivedAt = Date.UTC(2026, 10, 20, 1)

/** A case's and its report's ids, as if they had been made one after the other. */
function nameCase(index: number): CaseNames {
  const id = (of: string) => `01990000-0000-7000-8000-000000000${of}0${index + 1}`
  return { incidentId: id('a'), reportId: id('b') }
}

/** A world that went wrong: what was wrong, and after which steps. */
export interface Failure {
  readonly seed: number
  readonly world: SimulatedWorld
  readonly steps: readonly Step[]
  readonly faults: readonly string[]
}

/**
 * Plays worlds, one for each seed from the first on, until one of them goes wrong.
 *
 * @param tally counts what happened in them
 */
export function simulateWorlds(
  { first, worlds, domain = soundDomain }: { first: number; worlds: number; domain?: Domain },
  tally: Tally,
): Failure | undefined {
  for (let seed = first; seed < first + worlds; seed += 1) {
    const random = createRandom(seed)
    const world = createWorldFrom(random, seed)
    const failure = runSteps(world, createStepSource(world, random), domain, tally)
    if (failure !== undefined) return failure
  }
  return undefined
}

/** Plays a world once more with a given list of steps. */
export function replaySteps(
  world: SimulatedWorld,
  steps: readonly Step[],
  domain: Domain,
): Failure | undefined {
  const left = [...steps]
  return runSteps(world, () => left.shift(), domain)
}

function runSteps(
  world: SimulatedWorld,
  next: (played: PlayedWorld) => Step | undefined,
  domain: Domain,
  tally?: Tally,
): Failure | undefined {
  const steps: Step[] = []
  const failed = (faults: readonly string[]): Failure => ({ seed: world.seed, world, steps, faults })
  try {
    const played = playWorld(world, { domain, receivedAt, nameCase, treeVersion: 1 })
    if (played.faults.length > 0) return failed(played.faults)
    for (let step = next(played); step !== undefined; step = next(played)) {
      const before = played.cases.map(({ incident }) => incident)
      steps.push(step)
      const outcome = played.take(step)
      if (outcome.faults.length > 0) return failed(outcome.faults)
      if (tally !== undefined) tallyStep(tally, before, step, outcome, played)
    }
    const faults = played.cases.flatMap(({ incident, events }) => faultsOf(incident, events, -Infinity))
    if (faults.length > 0) return failed(faults)
    if (tally !== undefined) tallyWorld(tally, played)
    return undefined
  } catch (error) {
    return failed([error instanceof Error ? (error.stack ?? error.message) : String(error)])
  }
}
