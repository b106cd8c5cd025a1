import type { Instant } from '../domain/instant.ts'

/** Between which two instants of a process' monotonic clock, in ms, something was read. */
export interface Look {
  readonly before: number
  readonly after: number
}

/** A deciding instant and when it was read: what later ones are compared with. */
export interface Anchor extends Look {
  readonly at: Instant
}

/** By how much two clocks may disagree before one of them counts as wrong (docs/reliability.md, Clock guard). */
export const toleranceMs = 5_000

/**
 * What a clock shows beyond what can have passed since the anchor; 0 where it is possible, negative where it is behind. A
 * slow look leaves room for when in it the clock was read.
 */
export function deviationOf(anchor: Anchor, at: Instant, look: Look): number {
  const earliest = anchor.at + (look.before - anchor.after)
  const latest = anchor.at + (look.after - anchor.before)
  if (at < earliest) return at - earliest
  return at > latest ? at - latest : 0
}

/** What the clock should have shown at a look, had it kept its course since the anchor. */
export function courseAt(anchor: Anchor, look: Look): Instant {
  return Math.round(anchor.at + (look.before + look.after - anchor.before - anchor.after) / 2)
}
