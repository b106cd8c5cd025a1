import type { Actor } from './actor.ts'
import type { CancelReason, DeadlineStart, Party, PromiseKind, Rung } from './deadline.ts'
import {
  type Assignment,
  type AssignmentStart,
  type CommandType,
  type Incident,
  type IncidentFacts,
  type IncidentState,
  running,
} from './incident.ts'
import type { Instant } from './instant.ts'

/** What an event did to the incident. The fold of all changes is the incident, so a verifier can rebuild every row. */
export interface Changes {
  readonly state: IncidentState
  readonly started: readonly DeadlineStart[]
  readonly settled: readonly {
    readonly no: number
    readonly state: 'met' | 'breached' | 'cancelled'
    readonly reason: CancelReason | null
  }[]
  /** Breached deadlines whose promise was kept by this event after all. */
  readonly fulfilled: readonly number[]
  readonly assigned: AssignmentStart | null
  /** The area that ended the case by this event. */
  readonly endedBy: string | null
  /** Live deadlines whose due time is put off; only where there are some. */
  readonly prolonged?: readonly { readonly no: number; readonly byMs: number }[]
}

/**
 * A free text or a position that belongs to an event and stands elsewhere, so that it can be erased: the event holds a
 * salted commitment only (reliability.md, audit trail, 7).
 */
export interface NoteReference {
  readonly commitment: string
  readonly visibleToReporter: boolean
}

/** How a breach goes on: it climbs, it stays on the red list at the top, or the incident's own climb carries it. */
export type BreachOutcome = 'escalated' | 'exhausted' | 'carried'

/** The fact that a deadline ran out. */
export interface Breach {
  readonly deadlineNo: number
  readonly promise: PromiseKind
  readonly rung: Rung
  readonly accountable: Party
  readonly startedAt: Instant
  readonly dueAt: Instant
  /** Detection − due, in milliseconds. */
  readonly lagMs: number
  readonly outcome: BreachOutcome
}

interface EventBase {
  /** The deciding instant. */
  readonly at: Instant
  /** Who did it; nobody for what a clock did. */
  readonly actor: Actor | null
  /** When the request reached the server. */
  readonly requestedAt: Instant | null
  /** When the client says that it happened. It decides nothing. */
  readonly occurredAt: Instant | null
  readonly note: NoteReference | null
  /** The clock could not be trusted then: what this event keeps counts as kept in time. Left out where it could. */
  readonly clockFault?: true
  readonly changes: Changes
}

export const commandEvents = {
  report_up: 'reported_up',
  feedback: 'feedback_given',
  whistle: 'whistle_blown',
  arrive: 'arrived',
  settle: 'settled',
  reject: 'rejected',
  resolve: 'resolved',
  close: 'closed',
  reopen: 'reopened',
} as const satisfies Record<CommandType, string>

export type IncidentEvent =
  | (EventBase & {
      readonly type: 'report_received'
      readonly incident: IncidentFacts
      readonly reportId: string
    })
  | (EventBase & { readonly type: 'deadline_breached'; readonly breach: Breach })
  /** The clock was set ahead, and what was running gets the time that it has lost. */
  | (EventBase & { readonly type: 'deadlines_prolonged' })
  | (EventBase & {
      readonly type: 'arrived'
      /** Whether the claimed position lies outside the policy's radius; unknown where a position is missing. */
      readonly farFromPlace: boolean | null
    })
  | (EventBase & { readonly type: Exclude<(typeof commandEvents)[CommandType], 'arrived'> })

/** Whether an event was somebody's doing, and raises the revision. */
export function isCommandEvent(event: IncidentEvent): boolean {
  return event.type !== 'deadline_breached' && event.type !== 'deadlines_prolonged'
}

/**
 * Folds one event into an incident. The first event of an incident, and only that, is applied to `undefined`.
 * Decisions and the audit's replay both go through here, so that they cannot disagree.
 */
export function applyEvent(incident: Incident | undefined, event: IncidentEvent): Incident {
  const { at, changes } = event
  const before = incident ?? unborn(event)
  const seq = before.seq + 1
  const settled = new Map(changes.settled.map((settlement) => [settlement.no, settlement]))
  const fulfilled = new Set(changes.fulfilled)
  const prolonged = new Map((changes.prolonged ?? []).map(({ no, byMs }) => [no, byMs]))
  const deadlines = before.deadlines.map((deadline) => {
    const settlement = settled.get(deadline.no)
    if (settlement !== undefined) {
      const { state, reason } = settlement
      const clockFault = state === 'met' && event.clockFault === true
      return { ...deadline, state, cancelReason: reason, settledAt: at, settledSeq: seq, clockFault }
    }
    const byMs = prolonged.get(deadline.no)
    if (byMs !== undefined)
      return { ...deadline, dueAt: deadline.dueAt + byMs, prolongedMs: deadline.prolongedMs + byMs }
    return fulfilled.has(deadline.no) ? { ...deadline, fulfilledAt: at, fulfilledSeq: seq } : deadline
  })
  return {
    ...before,
    state: changes.state,
    seq,
    lastEventAt: at,
    revision: before.revision + (isCommandEvent(event) ? 1 : 0),
    generation: before.generation + (event.type === 'reopened' ? 1 : 0),
    endedByAreaCode: event.type === 'reopened' ? null : (changes.endedBy ?? before.endedByAreaCode),
    assignments: assignmentsAfter(before.assignments, event),
    deadlines: [...deadlines, ...changes.started.map(running)],
  }
}

function assignmentsAfter(assignments: readonly Assignment[], { at, changes }: IncidentEvent): Assignment[] {
  const kept = assignments.map((assignment) =>
    changes.endedBy !== null && assignment.endedAt === null ? { ...assignment, endedAt: at } : assignment,
  )
  return changes.assigned === null ? kept : [...kept, { ...changes.assigned, assignedAt: at, endedAt: null }]
}

/** An incident before its first event. */
function unborn(event: IncidentEvent): Incident {
  if (event.type !== 'report_received') throw new Error(`An incident cannot begin with ${event.type}`)
  return {
    ...event.incident,
    state: 'received',
    receivedAt: event.at,
    revision: 0,
    seq: 0,
    lastEventAt: event.at,
    generation: 1,
    endedByAreaCode: null,
    assignments: [],
    deadlines: [],
  }
}
