import type { Domain } from './domain-in-play.ts'
import { type Failure, replaySteps } from './simulate-worlds.ts'
import type { Step } from './simulated-world.ts'

/** Enough for any world there is; a bound, because each attempt plays a world again. */
const attemptsMax = 2_000

/**
 * Leaves out of a failed world's steps whatever it fails without, chunk by chunk and in the end one by one. What remains
 * fails too, though perhaps in another way, and none of its steps can be spared.
 */
export function shrinkFailure(failure: Failure, domain: Domain): Failure {
  let smallest = failure
  let attempts = 0
  for (let size = Math.ceil(failure.steps.length / 2); size > 0; ) {
    let shorter: Failure | undefined
    for (let first = 0; first < smallest.steps.length && attempts < attemptsMax; first += size) {
      const rest: Step[] = smallest.steps.toSpliced(first, size)
      attempts += 1
      shorter = replaySteps(failure.world, rest, domain)
      if (shorter !== undefined) break
    }
    if (shorter !== undefined) smallest = shorter
    else if (size === 1) return smallest
    else size = Math.ceil(size / 2)
  }
  return smallest
}
