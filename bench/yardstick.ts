import { createHash } from 'node:crypto'
import { rounded } from './measurements.ts'
import type { BenchResult, Failure, Words, Yardstick } from './result.ts'
import { trimmedSpread } from './statistics.ts'

/** Exit codes of `npm run bench`: measured, whatever the goals; broken; too noisy to say anything. */
export const exitCodes = { measured: 0, broken: 1, tooNoisy: 3 } as const

const spinMs = 150
const block = Buffer.alloc(16_384, 7)

/** Fixed work of one core for a moment: blocks hashed in a millisecond. */
export function spin(): number {
  const startedAt = performance.now()
  let blocks = 0
  while (performance.now() - startedAt < spinMs) {
    createHash('sha256').update(block).digest()
    blocks += 1
  }
  return (blocks / (performance.now() - startedAt)) * 1_000
}

/**
 * How far apart the rounds of a yardstick may lie. The goals leave a fifth between 0.8 and 1, so a machine whose own
 * speed wanders by more than twice that says nothing about them.
 */
export const spreadLimits = { processor: 0.35, database: 0.5 } as const

export function judge(name: keyof typeof spreadLimits, label: Words, rounds: readonly number[]): Yardstick {
  const limit = spreadLimits[name]
  const apart = rounded(trimmedSpread(rounds))
  return {
    name,
    label,
    unit: '/s',
    rounds: rounds.map(rounded),
    spread: apart,
    limit,
    steady: apart <= limit,
  }
}

/** What a run that has come to its end says of itself. */
export function verdictOn(
  yardsticks: readonly Yardstick[],
  failures: readonly Failure[],
): BenchResult['verdict'] {
  if (failures.length > 0) return 'broken'
  return yardsticks.every(({ steady }) => steady) ? 'measured' : 'too_noisy'
}

export function exitCodeOf(verdict: BenchResult['verdict']): 0 | 1 | 3 {
  switch (verdict) {
    case 'measured':
      return exitCodes.measured
    case 'too_noisy':
      return exitCodes.tooNoisy
    case 'broken':
    case 'unfinished':
      return exitCodes.broken
  }
}
