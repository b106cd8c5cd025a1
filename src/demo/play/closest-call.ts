import type { CaseScript } from '../cases/script.ts'
import type { Limits } from './moment.ts'

/** How close the timed acts of a set come to due times, in ms; infinite where none is timed. */
export interface ClosestCalls {
  /** Before a due time: nothing on the way may take longer than this. */
  readonly beforeMs: number
  /** After a due time: an act never comes sooner than it is meant to, so this may be small. */
  readonly afterMs: number
}

const rungs = ['community', 'street', 'district'] as const

/** Finds the acts of a set that leave the least time. */
export function closestCalls(cases: readonly CaseScript[], limits: Limits): ClosestCalls {
  let beforeMs = Number.POSITIVE_INFINITY
  let afterMs = Number.POSITIVE_INFINITY
  for (const { when } of cases.flatMap(({ steps }) => steps)) {
    if (when.kind !== 'on_clock') continue
    const { promise, rungsLate, share } = when
    const rung = rungs[rungsLate]
    const limit = limits[promise][rung ?? 'district']
    if (rung !== undefined) beforeMs = Math.min(beforeMs, (1 - share) * limit)
    if (rungsLate > 0) afterMs = Math.min(afterMs, share * limit)
  }
  return { beforeMs, afterMs }
}
