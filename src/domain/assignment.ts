import type { Party } from './deadline.ts'
import type { Instant } from './instant.ts'

/** One unit leads, any number support (主办、协办). */
export const assignmentParts = ['lead', 'support'] as const
export type AssignmentPart = (typeof assignmentParts)[number]

/**
 * What became of an assignment: `assigned` until its unit reports in (报到), `return_requested` while the area above has yet
 * to rule on a return. In the last four it is over.
 */
export const assignmentStates = [
  'assigned',
  'accepted',
  'return_requested',
  'arrived',
  'finished',
  'returned',
  'withdrawn',
  /** The case ended while it was live. */
  'ended',
] as const
export type AssignmentState = (typeof assignmentStates)[number]

/** A call to one unit by a whistle, or to one area by handing down (派单). */
export interface AssignmentStart {
  /** Counts the assignments of one incident from 1. */
  readonly no: number
  readonly assignee: Party
  readonly part: AssignmentPart
  /** The area that called; it answers for what the assignee does not do. */
  readonly whistledBy: string
}

/** Who goes on with an assignment after the tree of areas has changed. */
export type Reassignment = Pick<AssignmentStart, 'no' | 'assignee' | 'whistledBy'>

export interface Assignment extends AssignmentStart {
  readonly state: AssignmentState
  readonly assignedAt: Instant
  readonly acceptedAt: Instant | null
  readonly arrivedAt: Instant | null
  readonly endedAt: Instant | null
  /** The area above has ruled that it cannot be returned. */
  readonly returnRefused: boolean
}

/** What an event did to an assignment. */
export const assignmentMoves = [
  'accept',
  'arrive',
  'request_return',
  'refuse_return',
  'return',
  'finish',
  'withdraw',
] as const
export type AssignmentMove = (typeof assignmentMoves)[number]

/** An assignment that is still at work. */
export function isAtWork(assignment: Assignment): boolean {
  return assignment.endedAt === null
}

export function assigned(start: AssignmentStart, at: Instant): Assignment {
  return {
    ...start,
    state: 'assigned',
    assignedAt: at,
    acceptedAt: null,
    arrivedAt: null,
    endedAt: null,
    returnRefused: false,
  }
}

/** The assignment after a move. Whoever arrives has reported in, be it without a word before. */
export function moved(assignment: Assignment, move: AssignmentMove, at: Instant): Assignment {
  const acceptedAt = assignment.acceptedAt ?? at
  switch (move) {
    case 'accept':
      return { ...assignment, state: 'accepted', acceptedAt }
    case 'arrive':
      return { ...assignment, state: 'arrived', acceptedAt, arrivedAt: at }
    case 'request_return':
      return { ...assignment, state: 'return_requested' }
    case 'refuse_return':
      return {
        ...assignment,
        state: assignment.acceptedAt === null ? 'assigned' : 'accepted',
        returnRefused: true,
      }
    case 'return':
      return { ...assignment, state: 'returned', endedAt: at }
    case 'finish':
      return { ...assignment, state: 'finished', endedAt: at }
    case 'withdraw':
      return { ...assignment, state: 'withdrawn', endedAt: at }
  }
}

/** The assignment after its case has ended. */
export function endedWithCase(assignment: Assignment, at: Instant): Assignment {
  return isAtWork(assignment) ? { ...assignment, state: 'ended', endedAt: at } : assignment
}
