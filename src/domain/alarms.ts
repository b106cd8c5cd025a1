import type { Incident } from './incident.ts'
import type { Instant } from './instant.ts'
import type { Policy } from './policy.ts'
import { isPausing, type Relief } from './relief.ts'

/**
 * Something that happens to an incident by itself at an instant, and is no promise: the end of a pause, or the closing of a
 * case whose reporter did not answer. `no` tells those of one kind apart: the pause's number, or the generation.
 */
export type Alarm =
  | { readonly kind: 'resume'; readonly no: number; readonly at: Instant; readonly relief: Relief }
  | { readonly kind: 'close'; readonly no: number; readonly at: Instant }

/** What an incident waits for, the earliest first. It is told from the incident, so a table of it can be made anew. */
export function alarmsOf(incident: Incident, { ratingTimeMs }: Pick<Policy, 'ratingTimeMs'>): Alarm[] {
  const { state, endedAt, generation, reliefs } = incident
  const alarms: Alarm[] = reliefs
    .filter(isPausing)
    .map((relief) => ({ kind: 'resume', no: relief.no, at: relief.until, relief }))
  if (state === 'resolved' && endedAt !== null)
    alarms.push({ kind: 'close', no: generation, at: endedAt + ratingTimeMs })
  return alarms.toSorted((a, b) => a.at - b.at)
}
