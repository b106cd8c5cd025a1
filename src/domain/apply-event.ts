import { type Assignment, assigned, endedWithCase, isAtWork, moved } from './assignment.ts'
import type { Deadline } from './deadline.ts'
import { type Changes, type IncidentEvent, isCommandEvent } from './event.ts'
import { type Incident, type JoinedIncident, type MergedInto, ownOnSite, started } from './incident.ts'
import { isOpen } from './incident-state.ts'
import { decided, overWithCase, type Relief, requested } from './relief.ts'

/**
 * Folds one event into an incident. The first event of an incident, and only that, is applied to `undefined`.
 * Decisions and the audit's replay both go through here, so that they cannot disagree.
 */
export function applyEvent(incident: Incident | undefined, event: IncidentEvent): Incident {
  const { at, changes } = event
  const before = incident ?? unborn(event)
  const seq = before.seq + 1
  const takenUp = before.state !== 'merged' && !isOpen(before.state) && isOpen(changes.state)
  const ends = isOpen(before.state) && !isOpen(changes.state)
  return {
    ...before,
    state: changes.state,
    seq,
    lastEventAt: at,
    revision: before.revision + (isCommandEvent(event) ? 1 : 0),
    generation: before.generation + (takenUp || event.type === 'unmerged' ? 1 : 0),
    reopenings: before.reopenings + (takenUp ? 1 : 0),
    endedByAreaCode: takenUp ? null : (changes.endedBy ?? before.endedByAreaCode),
    endedAt: takenUp ? null : changes.endedBy === null ? before.endedAt : at,
    mergedInto: mergedIntoAfter(before, event),
    joined: joinedAfter(before, event),
    assignments: assignmentsAfter(before.assignments, event, ends),
    reliefs: reliefsAfter(before.reliefs, event, ends),
    deadlines: deadlinesAfter(before.deadlines, event, seq),
  }
}

function deadlinesAfter(
  deadlines: readonly Deadline[],
  event: IncidentEvent,
  seq: number,
): readonly Deadline[] {
  const { changes, at } = event
  const settled = new Map(changes.settled.map((settlement) => [settlement.no, settlement]))
  const fulfilled = new Set(changes.fulfilled)
  const shifted = shiftsOf(event)
  const after = deadlines.map((before) => {
    const shift = shifted.get(before.no)
    const deadline = shift === undefined ? before : shift(before)
    const settlement = settled.get(deadline.no)
    if (settlement !== undefined) {
      const { state, reason } = settlement
      const clockFault = state === 'met' && event.clockFault === true
      return {
        ...deadline,
        state,
        pausedAt: null,
        cancelReason: reason,
        settledAt: at,
        settledSeq: seq,
        clockFault,
      }
    }
    return fulfilled.has(deadline.no) ? { ...deadline, fulfilledAt: at, fulfilledSeq: seq } : deadline
  })
  if (changes.started.length === 0) return after
  const rowOf = (no: number | null) => (no === null ? undefined : after.find((row) => row.no === no))
  return [...after, ...changes.started.map((start) => started(start, rowOf(start.handedFrom)))]
}

type ShiftOfDeadline = (deadline: Deadline) => Deadline

/** What an event does to clocks that stay live, by the deadline's number. An event does one such thing to a deadline. */
function shiftsOf({ changes, at }: IncidentEvent): ReadonlyMap<number, ShiftOfDeadline> {
  const shifts = new Map<number, ShiftOfDeadline>()
  for (const { no, byMs } of changes.prolonged ?? [])
    shifts.set(no, (row) => ({ ...row, dueAt: row.dueAt + byMs, prolongedMs: row.prolongedMs + byMs }))
  for (const { no, byMs } of changes.extended ?? [])
    shifts.set(no, (row) => ({ ...row, dueAt: row.dueAt + byMs, extendedMs: row.extendedMs + byMs }))
  for (const { no, byMs } of changes.advanced ?? [])
    shifts.set(no, (row) => ({ ...row, dueAt: row.dueAt - byMs, advancedMs: row.advancedMs + byMs }))
  for (const no of changes.paused ?? []) shifts.set(no, (row) => ({ ...row, state: 'paused', pausedAt: at }))
  for (const { no, byMs } of changes.resumed ?? [])
    shifts.set(no, (row) => ({
      ...row,
      state: 'running',
      pausedAt: null,
      dueAt: row.dueAt + byMs,
      pausedMs: row.pausedMs + byMs,
    }))
  for (const no of changes.urged ?? []) shifts.set(no, (row) => ({ ...row, urges: row.urges + 1 }))
  return shifts
}

function assignmentsAfter(
  assignments: readonly Assignment[],
  event: IncidentEvent,
  ends: boolean,
): readonly Assignment[] {
  const { at, changes } = event
  const moves = new Map(movesIn(assignments, event).map(({ no, move }) => [no, move]))
  const reassigned = new Map((changes.reassigned ?? []).map((each) => [each.no, each]))
  const kept = assignments.map((earlier) => {
    const change = reassigned.get(earlier.no)
    const before = change === undefined ? earlier : { ...earlier, ...change }
    const move = moves.get(before.no)
    const assignment = move === undefined ? before : moved(before, move, at)
    return ends ? endedWithCase(assignment, at) : assignment
  })
  return [...kept, ...changes.assigned.map((start) => assigned(start, at))]
}

/** What an event did to assignments. Arrivals of the first version did not say whose they were: that of the one unit at work. */
function movesIn(
  assignments: readonly Assignment[],
  { type, actor, changes }: IncidentEvent,
): NonNullable<Changes['assignments']> {
  if (changes.assignments !== undefined) return changes.assignments
  if (type !== 'arrived' || actor?.unitCode === undefined) return []
  return assignments
    .filter((each) => isAtWork(each) && each.assignee.code === actor.unitCode)
    .map(({ no }) => ({ no, move: 'arrive' }))
}

function reliefsAfter(
  reliefs: readonly Relief[],
  { at, changes }: IncidentEvent,
  ends: boolean,
): readonly Relief[] {
  const { relief: change } = changes
  const kept = reliefs.map((before) => {
    const relief = change === undefined ? before : decided(before, change, at)
    return ends ? overWithCase(relief, at) : relief
  })
  return change !== undefined && 'requested' in change ? [...kept, requested(change.requested, at)] : kept
}

function mergedIntoAfter(before: Incident, { at, changes }: IncidentEvent): MergedInto | null {
  if (changes.mergedInto !== undefined) return { incidentId: changes.mergedInto, at, from: before.state }
  return changes.state === 'merged' ? before.mergedInto : null
}

function joinedAfter(before: Incident, { at, changes }: IncidentEvent): readonly JoinedIncident[] {
  const { joined } = before
  const { joined: more, separated, taken } = changes
  if (more !== undefined) {
    const { incidentId, soonerMs } = more
    const own = soonerMs > 0 ? ownOnSite(before) : undefined
    const first = own === undefined ? [] : [{ no: own.no, byMs: soonerMs }]
    return [...joined, { incidentId, taken: first, joinedAt: at, separatedAt: null }]
  }
  if (separated !== undefined)
    return joined.map((each) =>
      each.incidentId === separated.incidentId ? { ...each, separatedAt: at } : each,
    )
  if (taken === undefined) return joined
  return joined.map((each) => {
    const own = taken.filter(({ incidentId }) => incidentId === each.incidentId)
    if (own.length === 0) return each
    return { ...each, taken: [...each.taken, ...own.map(({ no, byMs }) => ({ no, byMs }))] }
  })
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
    reopenings: 0,
    endedByAreaCode: null,
    endedAt: null,
    mergedInto: null,
    joined: [],
    assignments: [],
    reliefs: [],
    deadlines: [],
  }
}
