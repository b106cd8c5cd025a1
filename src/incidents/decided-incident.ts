import type { Head } from '../audit/append-events.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import type { Position } from './incident-rows.ts'
import type { Case } from './read-cases.ts'

/** What was decided about one incident, and what it was before; nothing where the decision opens it. */
export interface DecidedIncident {
  readonly before: Case | undefined
  readonly after: Incident
  readonly events: readonly IncidentEvent[]
  /** Where the incident is; kept from its opening. */
  readonly position: Position | null
  /** What stands outside the last event and belongs to it. */
  readonly note: Note | null
}

/** A free text or a position of an event. The event itself holds a commitment to them, made with the salt. */
export interface Note {
  readonly text: string | null
  readonly position: Position | null
  readonly visibleToReporter: boolean
  readonly salt: Buffer
}

/** A decided incident and its chain's new end: all that its rows are made of. */
export interface ChainedIncident extends DecidedIncident {
  readonly head: Head
}

/** The stream of an incident's events. */
export function streamOf(incidentId: string): string {
  return `incident/${incidentId}`
}

/** The events of a decision with their numbers in the incident's stream. */
export function numbered(
  decision: Pick<DecidedIncident, 'after' | 'events'>,
): { seq: number; event: IncidentEvent }[] {
  const first = decision.after.seq - decision.events.length + 1
  return decision.events.map((event, index) => ({ seq: first + index, event }))
}
