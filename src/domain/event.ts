import type { Actor } from './actor.ts'
import type { AssignmentMove, AssignmentStart, Reassignment } from './assignment.ts'
import type { CancelReason, DeadlineStart, Party, PromiseKind, Rung } from './deadline.ts'
import type { IncidentFacts, Taking } from './incident.ts'
import type { IncidentState } from './incident-state.ts'
import type { Instant } from './instant.ts'
import type { ReliefChange } from './relief.ts'
import type { CommandType } from './transitions.ts'

interface Shift {
  readonly no: number
  readonly byMs: number
}

/**
 * What an event did to the incident. The fold of all changes is the incident, so a verifier can rebuild every row. What is
 * optional is there only where it says something.
 */
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
  readonly assigned: readonly AssignmentStart[]
  /** The area that ended the case by this event. */
  readonly endedBy: string | null
  readonly assignments?: readonly { readonly no: number; readonly move: AssignmentMove }[]
  /** Assignments at work whose assignee or caller is another area from now on. */
  readonly reassigned?: readonly Reassignment[]
  readonly relief?: ReliefChange
  /** Deadlines whose clocks stand still from now on. */
  readonly paused?: readonly number[]
  /** Paused deadlines whose clocks go on: by how long a pause their due times move. It comes before `settled`. */
  readonly resumed?: readonly Shift[]
  /** Live deadlines whose due time is put off: because the clock had been set ahead, or by an approved extension. */
  readonly prolonged?: readonly Shift[]
  readonly extended?: readonly Shift[]
  /** Live deadlines that fall due sooner because of a merge; with a negative number, later again. */
  readonly advanced?: readonly Shift[]
  /** Deadlines whose accountable party a superior has urged: live ones, and those that were broken at the top and are still owed. */
  readonly urged?: readonly number[]
  /** The incident goes on as part of another one. */
  readonly mergedInto?: string
  /**
   * The reports of another incident belong to this one from now on, or no longer. `soonerMs`: by how much its on-site promise
   * would have run out before this one's own, without any merge.
   */
  readonly joined?: { readonly incidentId: string; readonly soonerMs: number }
  readonly separated?: { readonly incidentId: string }
  /** What each merge alone takes from deadlines that this event starts. */
  readonly taken?: readonly (Taking & { readonly incidentId: string })[]
}

/**
 * A free text or a position that belongs to an event and stands elsewhere, so that it can be erased: the event holds a
 * salted commitment only (docs/reliability.md, The audit trail, 7).
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

/** What a reporter says to whether it worked (问效于民). Words stand in the event's note. */
export interface Rating {
  readonly reportId: string
  readonly solved: boolean
  /** From 1 (not at all) to 5. */
  readonly satisfaction: number
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
  hand_down: 'handed_down',
  accept: 'assignment_accepted',
  arrive: 'arrived',
  return: 'assignment_returned',
  rule_return: 'return_ruled',
  withdraw: 'assignment_withdrawn',
  finish: 'assignment_finished',
  settle: 'settled',
  reject: 'rejected',
  resolve: 'resolved',
  close: 'closed',
  reopen: 'reopened',
  raise: 'raised',
  urge: 'urged',
  request_pause: 'pause_requested',
  request_extension: 'extension_requested',
  approve_relief: 'relief_approved',
  refuse_relief: 'relief_refused',
  resume: 'resumed',
  merge: 'merged',
  unmerge: 'unmerged',
  rate: 'rated',
  reveal_reporter: 'reporter_revealed',
} as const satisfies Record<CommandType, string>

/**
 * What is somebody's doing in one case and concerns another one too, in that one's stream: of a merge and its undoing it is the
 * survivor's; of an answer, that of each other case in which it was late for the same reporter.
 */
export const counterpartEvents = ['reports_joined', 'reports_separated', 'answered_elsewhere'] as const
/** What happens by itself, by a clock or because the tree of areas has changed: it does not raise the revision. */
export const timerEvents = ['deadlines_prolonged', 'pause_ended', 'closed_unanswered', 'duty_moved'] as const

type PlainCommandEvent = Exclude<
  (typeof commandEvents)[CommandType],
  'arrived' | 'rated' | 'reporter_revealed'
>

export type IncidentEvent =
  | (EventBase & {
      readonly type: 'report_received'
      readonly incident: IncidentFacts
      readonly reportId: string
    })
  | (EventBase & { readonly type: 'deadline_breached'; readonly breach: Breach })
  | (EventBase & { readonly type: (typeof timerEvents)[number] })
  | (EventBase & {
      readonly type: 'arrived'
      /** Whether the claimed position lies outside the policy's radius; unknown where a position is missing. */
      readonly farFromPlace: boolean | null
    })
  | (EventBase & { readonly type: 'rated'; readonly rating: Rating })
  | (EventBase & { readonly type: 'reporter_revealed'; readonly reportId: string })
  | (EventBase & { readonly type: (typeof counterpartEvents)[number] })
  | (EventBase & { readonly type: PlainCommandEvent })

/** Whether an event was somebody's doing, and raises the revision. */
export function isCommandEvent(event: IncidentEvent): boolean {
  return event.type !== 'deadline_breached' && !timerEvents.some((timer) => timer === event.type)
}
