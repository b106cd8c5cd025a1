import type { CancelReason, Deadline, DeadlineStart, PromiseKind } from './deadline.ts'
import type { Instant } from './instant.ts'
import type { Severity } from './policy.ts'

export const incidentStates = [
  'received',
  'reported',
  'dispatched',
  'on_site',
  'resolved',
  'closed',
  'rejected',
] as const
export type IncidentState = (typeof incidentStates)[number]

/** The states in which a case is still to be handled, and in which its promises are owed. */
export const openStates = ['received', 'reported', 'dispatched', 'on_site'] as const satisfies IncidentState[]

export const commandTypes = [
  'report_up',
  'feedback',
  'whistle',
  'arrive',
  'settle',
  'reject',
  'resolve',
  'close',
  'reopen',
] as const
export type CommandType = (typeof commandTypes)[number]

/** What a command does to an incident, apart from whom it concerns. */
export interface Transition {
  readonly from: readonly IncidentState[]
  /** The state afterwards; the same state where it is left out. */
  readonly to?: IncidentState
  /** The promises that the command keeps, late or in time. */
  readonly keeps: readonly PromiseKind[]
  /** The command ends the case: whatever is still live is cancelled for this reason. */
  readonly cancels?: CancelReason
}

const undecided = ['received', 'reported', 'dispatched'] as const satisfies IncidentState[]

/**
 * The life of an incident (domain.md). ARCHITECTURE.md draws it, and a test compares the drawing with this table.
 */
export const transitions = {
  report_up: { from: ['received'], to: 'reported', keeps: ['report'] },
  feedback: { from: openStates, keeps: ['feedback'] },
  whistle: { from: ['received', 'reported'], to: 'dispatched', keeps: ['report'] },
  arrive: { from: undecided, to: 'on_site', keeps: ['report', 'on_site'] },
  settle: { from: undecided, to: 'resolved', keeps: ['report', 'feedback'], cancels: 'settled' },
  reject: { from: undecided, to: 'rejected', keeps: ['report', 'feedback'], cancels: 'rejected' },
  resolve: { from: ['on_site'], to: 'resolved', keeps: ['feedback'], cancels: 'resolved' },
  close: { from: ['resolved'], to: 'closed', keeps: [] },
  reopen: { from: ['resolved', 'closed', 'rejected'], to: 'reported', keeps: [] },
} as const satisfies Record<CommandType, Transition>

/** A whistle's call to one unit (派单). */
export interface AssignmentStart {
  /** Counts the assignments of one incident from 1. */
  readonly no: number
  readonly unitCode: string
  /** The area that blew the whistle; it answers for what the unit does not do. */
  readonly whistledBy: string
}

export interface Assignment extends AssignmentStart {
  readonly assignedAt: Instant
  /** When the case that it belonged to ended; the lead is live until then. */
  readonly endedAt: Instant | null
}

/** The facts of an incident that never change after its receipt. */
export interface IncidentFacts {
  readonly id: string
  readonly number: string
  readonly districtCode: string
  readonly areaCode: string
  readonly categoryCode: string
  readonly severity: Severity
  /** The version of the policy that the incident is pinned to. */
  readonly policyId: string
}

/** The case that is handled (事件), as the fold of its events. */
export interface Incident extends IncidentFacts {
  readonly state: IncidentState
  readonly receivedAt: Instant
  /** Raised by commands and not by timers, so that a phone's `If-Match` does not fail because a clock fired. */
  readonly revision: number
  /** The number of the last event. */
  readonly seq: number
  readonly lastEventAt: Instant
  /** How often the case has been taken up: 1, and one more with each reopening. */
  readonly generation: number
  /** The area that ended the case, to which a reopening returns it. */
  readonly endedByAreaCode: string | null
  readonly assignments: readonly Assignment[]
  readonly deadlines: readonly Deadline[]
}

/** The assignment of the lead unit (主办) that is at work, if any. */
export function liveLead(incident: Incident): Assignment | undefined {
  return incident.assignments.find((assignment) => assignment.endedAt === null)
}

export function isOpen(state: IncidentState): boolean {
  return openStates.some((open) => open === state)
}

/**
 * A started deadline whose clock runs. Its facts are listed because an object that is spread out and then grows costs ten
 * times as much memory, and a burst starts a deadline with each breach.
 */
export function running(start: DeadlineStart): Deadline {
  return {
    no: start.no,
    promise: start.promise,
    rung: start.rung,
    accountable: start.accountable,
    generation: start.generation,
    assignmentNo: start.assignmentNo,
    areaPath: start.areaPath,
    treeVersion: start.treeVersion,
    startedAt: start.startedAt,
    dueAt: start.dueAt,
    escalatedFrom: start.escalatedFrom,
    handedFrom: start.handedFrom,
    state: 'running',
    cancelReason: null,
    settledAt: null,
    settledSeq: null,
    fulfilledAt: null,
    fulfilledSeq: null,
    clockFault: false,
    prolongedMs: 0,
  }
}
