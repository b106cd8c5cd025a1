import type { DeadlineStart, Party, PromiseKind, Rung } from './deadline.ts'
import type { IncidentEvent } from './event.ts'
import type { Incident } from './incident.ts'
import type { Instant } from './instant.ts'

/** Someone is to be told about one deadline. It names no person and quotes nobody. */
export interface NoticeDraft {
  readonly kind: 'breached' | 'exhausted' | 'handed_over' | 'assigned'
  readonly recipient: Party
  /** The deadline that ran out, or that the recipient has just taken over. */
  readonly about: {
    readonly promise: PromiseKind
    readonly rung: Rung
    readonly accountable: Party
    readonly dueAt: Instant
  }
}

/**
 * Who is told of an event. A breach tells the next rung, which is accountable from now on; at the top, the top itself;
 * a unit's breach tells the area that whistled it. A handing up tells the area that takes over, a whistle the unit.
 *
 * @param incident the incident after the event
 */
export function noticesOf(incident: Incident, event: IncidentEvent): NoticeDraft[] {
  if (event.type !== 'deadline_breached') return event.changes.started.flatMap(takenOver)
  const { breach } = event
  const about = {
    promise: breach.promise,
    rung: breach.rung,
    accountable: breach.accountable,
    dueAt: breach.dueAt,
  }
  if (breach.outcome === 'exhausted') return [{ kind: 'exhausted', recipient: breach.accountable, about }]
  const next = event.changes.started[0]?.accountable
  return [{ kind: 'breached', recipient: next ?? whistlerOf(incident, breach.deadlineNo), about }]
}

function takenOver({ promise, rung, accountable, dueAt, ...start }: DeadlineStart): NoticeDraft[] {
  const about = { promise, rung, accountable, dueAt }
  if (start.handedFrom !== null) return [{ kind: 'handed_over', recipient: accountable, about }]
  return start.assignmentNo === null ? [] : [{ kind: 'assigned', recipient: accountable, about }]
}

/** The area that whistled the unit whose deadline this is. */
function whistlerOf(incident: Incident, deadlineNo: number): Party {
  const deadline = incident.deadlines.find(({ no }) => no === deadlineNo)
  const assignment = incident.assignments.find(({ no }) => no === deadline?.assignmentNo)
  if (assignment === undefined) throw new Error(`Deadline ${deadlineNo} of ${incident.id} belongs to no unit`)
  return { kind: 'area', code: assignment.whistledBy }
}
