import type { Instant } from '../domain/instant.ts'

/** Between which two instants of a process' monotonic clock, in ms, something was read. */
export interface Look {
  readonly before: number
  readonly after: number
}

/** By how much, in ms, a clock is ahead of a process' monotonic one: what later looks at it are compared with. */
export interface Course {
  readonly least: number
  readonly most: number
  /** The first look at it was over then, by the monotonic clock. */
  readonly since: number
}

/** By how much two clocks may disagree before one of them counts as wrong (docs/reliability.md, Clock guard). */
export const toleranceMs = 5_000

/** What one look tells: the slower it was, the less. */
export function courseFrom(at: Instant, look: Look): Course {
  return { least: at - look.after, most: at - look.before, since: look.after }
}

/** What a further look adds to that; nothing where the two clocks have drifted apart meanwhile. */
export function narrowed(course: Course, at: Instant, look: Look): Course {
  const further = courseFrom(at, look)
  const least = Math.max(course.least, further.least)
  const most = Math.min(course.most, further.most)
  return least <= most ? { ...course, least, most } : course
}

/**
 * What a clock shows beyond what it can show by its course; 0 where it is possible, negative where it is behind. A slow look
 * leaves room for when in it the clock was read.
 */
export function deviationOf({ least, most }: Course, at: Instant, look: Look): number {
  const earliest = look.before + least
  const latest = look.after + most
  if (at < earliest) return at - earliest
  return at > latest ? at - latest : 0
}

/**
 * What the clock must have shown at a look, had it kept its course: the earliest that is possible. By a later one than the
 * true one something would be breached that has time left, once the clock is back.
 */
export function courseAt({ least }: Course, look: Look): Instant {
  return Math.floor(look.before + least)
}
