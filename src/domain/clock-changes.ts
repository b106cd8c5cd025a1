import { type AreaNode, codesOf, rankOf } from './area.ts'
import type { Assignment } from './assignment.ts'
import type { Context } from './context.ts'
import {
  type CancelReason,
  type Deadline,
  type DeadlineStart,
  isLive,
  isOfIncident,
  isOverdue,
  type PromiseKind,
} from './deadline.ts'
import type { Changes } from './event.ts'
import { type Incident, takenUpIn } from './incident.ts'
import type { Instant } from './instant.ts'

/** What commands do to deadlines. Each function adds to the changes of one event. */

/** By what clock something is settled. */
interface Settling extends Pick<Context, 'clockJumps'> {
  readonly now: Instant
}

/**
 * Meets the live deadlines of the kept promises and stamps the breached ones below them, back to when the case was taken up.
 * Of those that assignments have it concerns the given one's alone: nobody arrives for somebody else. Nor is anybody answered
 * here whose case has been taken out of this one.
 */
export function keep(
  changes: Changes,
  incident: Incident,
  promises: readonly PromiseKind[],
  context: Settling,
  assignment?: Assignment,
): Changes {
  const since = takenUpIn(incident)
  const left = new Set(
    incident.deadlines
      .filter(({ cancelReason }) => cancelReason === 'separated')
      .map(({ reportId }) => reportId),
  )
  const owed = incident.deadlines.filter(
    (deadline) =>
      promises.includes(deadline.promise) &&
      deadline.generation >= since &&
      !left.has(deadline.reportId) &&
      (isOfIncident(deadline) || deadline.assignmentNo === assignment?.no),
  )
  const fulfilled = owed
    .filter((deadline) => deadline.state === 'breached' && deadline.fulfilledAt === null)
    .map(({ no }) => no)
  return settle({ ...changes, fulfilled: [...changes.fulfilled, ...fulfilled] }, owed, 'met', null, context)
}

/** Keeps what an assignment has of its own, and nothing else. */
export function keepOwn(
  changes: Changes,
  incident: Incident,
  assignment: Assignment,
  context: Settling,
): Changes {
  const own = ownOf(incident, assignment)
  const fulfilled = own
    .filter((deadline) => deadline.state === 'breached' && deadline.fulfilledAt === null)
    .map(({ no }) => no)
  return settle({ ...changes, fulfilled: [...changes.fulfilled, ...fulfilled] }, own, 'met', null, context)
}

/** Cancels what is live of the given deadlines and was not settled by these changes already. */
export function cancel(
  changes: Changes,
  deadlines: readonly Deadline[],
  reason: CancelReason,
  context: Settling,
): Changes {
  const done = new Set(changes.settled.map(({ no }) => no))
  return settle(
    changes,
    deadlines.filter(({ no }) => !done.has(no)),
    'cancelled',
    reason,
    context,
  )
}

/** The deadlines that an assignment has of its own. */
export function ownOf(incident: Incident, assignment: Assignment): Deadline[] {
  return incident.deadlines.filter(({ assignmentNo }) => assignmentNo === assignment.no)
}

/** Settles the live ones. A clock that stands still goes on first, so that its due time is what it has become. */
function settle(
  changes: Changes,
  deadlines: readonly Deadline[],
  state: 'met' | 'cancelled',
  reason: CancelReason | null,
  context: Settling,
): Changes {
  const live = deadlines.filter(isLive)
  const settled = [...changes.settled, ...live.map(({ no }) => ({ no, state, reason }))]
  const resumed = [...(changes.resumed ?? []), ...resumptions(live, context.now, context)]
  return { ...changes, settled, ...(resumed.length === 0 ? {} : { resumed }) }
}

/** The paused ones of some deadlines, and by how much their due times move if their clocks go on at an instant. */
export function resumptions(
  deadlines: readonly Deadline[],
  at: number,
  { clockJumps }: Pick<Context, 'clockJumps'>,
): { no: number; byMs: number }[] {
  return deadlines.flatMap((deadline) =>
    deadline.state === 'paused' && deadline.pausedAt !== null
      ? [
          {
            no: deadline.no,
            byMs: at - deadline.pausedAt - givenBack(deadline, deadline.pausedAt, at, clockJumps),
          },
        ]
      : [],
  )
}

/** When a deadline is due, or would be if its clock, which stands still, went on now. */
export function dueIfResumed(deadline: Deadline, context: Settling): Instant {
  const [shift] = resumptions([deadline], context.now, context)
  return deadline.dueAt + (shift?.byMs ?? 0)
}

/** How much of a pause was no time at all, because the clock was set ahead: that is given back beside it (`prolonged`). */
function givenBack(
  { startedAt }: Deadline,
  pausedAt: number,
  at: number,
  clockJumps: Context['clockJumps'],
): number {
  return clockJumps
    .filter(({ from, byMs }) => byMs > 0 && startedAt >= (from ?? startedAt))
    .reduce((sum, { to, byMs }) => sum + Math.max(0, Math.min(at, to) - Math.max(pausedAt, to - byMs)), 0)
}

/**
 * Hands every deadline that stays live to a higher area, with the due time it has. What is at that rung or above it
 * already stays where it is: duty climbs, it does not fall back. So does what ran out while a clock fault kept it from
 * being breached: it is still the breach of whoever let it run out.
 */
export function handOver(
  changes: Changes,
  incident: Incident,
  receiver: AreaNode,
  context: Context,
): Changes {
  const kept = new Set(changes.settled.map(({ no }) => no))
  const handed = incident.deadlines.filter(
    (deadline) =>
      isLive(deadline) &&
      !kept.has(deadline.no) &&
      isOfIncident(deadline) &&
      deadline.rung !== 'unit' &&
      !isOverdue(deadline, context.now) &&
      rankOf(deadline.rung) < rankOf(receiver.kind),
  )
  return handEach(
    changes,
    incident,
    handed.map((deadline) => ({ deadline, receiver })),
    context,
  )
}

/** A live deadline, and the area that goes on with it. */
export interface Handing {
  readonly deadline: Deadline
  readonly receiver: AreaNode
}

/** Ends deadlines as handed over; others with the same due times, standing still where those did, start at their receivers. */
export function handEach(
  changes: Changes,
  incident: Incident,
  handed: readonly Handing[],
  context: Context,
): Changes {
  return {
    ...changes,
    settled: [
      ...changes.settled,
      ...handed.map(({ deadline: { no } }) => ({
        no,
        state: 'cancelled' as const,
        reason: 'handed_over' as const,
      })),
    ],
    started: [
      ...changes.started,
      ...handed.map(({ deadline, receiver }, index) => ({
        ...startAt(incident, receiver, context, changes.started.length + index),
        promise: deadline.promise,
        generation: deadline.generation,
        assignmentNo: deadline.assignmentNo,
        reportId: deadline.reportId,
        dueAt: deadline.dueAt,
        handedFrom: deadline.no,
        pausedAt: deadline.pausedAt,
        advancedMs: deadline.advancedMs,
      })),
    ],
  }
}

/** What the deadlines that start now at one area have in common. `offset` counts those of the same event. */
export function startAt(
  incident: Incident,
  area: AreaNode,
  { now, place }: Context,
  offset: number,
): Omit<DeadlineStart, 'promise' | 'generation' | 'dueAt'> {
  return {
    no: incident.deadlines.length + offset + 1,
    rung: area.kind,
    accountable: { kind: 'area', code: area.code },
    assignmentNo: null,
    reportId: null,
    areaPath: codesOf(place),
    treeVersion: place.treeVersion,
    startedAt: now,
    escalatedFrom: null,
    handedFrom: null,
    pausedAt: null,
    advancedMs: 0,
  }
}
