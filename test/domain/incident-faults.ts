import { isDeepStrictEqual } from 'node:util'
import { applyEvent } from '../../src/domain/apply-event.ts'
import { rankOf } from '../../src/domain/area.ts'
import { isAtWork } from '../../src/domain/assignment.ts'
import {
  type Deadline,
  isLive,
  isOfIncident,
  type PromiseKind,
  promiseKinds,
} from '../../src/domain/deadline.ts'
import { type IncidentEvent, isCommandEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { isOpen } from '../../src/domain/incident-state.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { outstandingOf } from '../../src/domain/outstanding.ts'
import { isPausing } from '../../src/domain/relief.ts'

/**
 * Everything about an incident and its events that must never be so, in words (docs/reliability.md, Invariants, 1 to 7, 11).
 * Empty for a sound one. Works from what an incident is and not from how it came about.
 *
 * @param now the instant up to which everything has been settled
 */
export function faultsOf(incident: Incident, events: readonly IncidentEvent[], now: Instant): string[] {
  return [
    ...faultsOfHistory(incident, events),
    ...incident.deadlines.flatMap((deadline) => [
      ...faultsOfDeadline(deadline, events, now),
      ...faultsOfSuccession(incident, deadline, events),
    ]),
    ...faultsOfDoubles(incident),
    ...promiseKinds.flatMap((promise) => [...faultsOfPromise(incident, promise, events)]),
    ...faultsOfAssignments(incident, events.at(-1)?.at ?? now),
    ...faultsOfReliefs(incident, now),
    ...faultsOfOutstanding(incident),
  ]
}

/** An open case is always somebody's: a clock runs, somebody is at work, or something is outstanding. */
function* faultsOfOutstanding(incident: Incident): Generator<string> {
  const outstanding = outstandingOf(incident)
  const isAnybodys =
    incident.deadlines.some(isLive) || incident.assignments.some(isAtWork) || outstanding.size > 0
  if (isOpen(incident.state) !== isAnybodys)
    yield `${incident.state}, and it is ${isAnybodys ? 'somebody’s' : 'nobody’s'}`
  for (const [no, kind] of outstanding) {
    const row = incident.deadlines.find((each) => each.no === no)
    if (row === undefined || isLive(row) || isOfIncident(row) === (kind === 'late'))
      yield `deadline ${no} is ${kind} and runs, or is another’s`
  }
}

function* faultsOfHistory(incident: Incident, events: readonly IncidentEvent[]): Generator<string> {
  const [first, ...rest] = events
  if (first === undefined) return yield 'there is no event'
  const replayed = rest.reduce(applyEvent, applyEvent(undefined, first))
  if (!isDeepStrictEqual(replayed, incident)) yield 'the events do not fold into the incident'
  if (incident.seq !== events.length) yield `${events.length} events, but the last is number ${incident.seq}`
  const commands = events.filter(isCommandEvent).length
  if (incident.revision !== commands) yield `revision ${incident.revision} after ${commands} commands`
  if (incident.lastEventAt !== events.at(-1)?.at) yield 'the last event was at another time'
  for (const [index, event] of events.entries()) {
    if (event.at < (events[index - 1]?.at ?? 0)) yield `time runs backwards at event ${index + 1}`
  }
  for (const [index, { no }] of incident.deadlines.entries()) {
    if (no !== index + 1) yield `deadline ${no} stands where ${index + 1} should`
  }
  if ((incident.state === 'merged') !== (incident.mergedInto !== null))
    yield `${incident.state}, merged into ${incident.mergedInto?.incidentId}`
}

function* faultsOfDeadline(
  deadline: Deadline,
  events: readonly IncidentEvent[],
  now: Instant,
): Generator<string> {
  const { no, state, dueAt, settledAt, settledSeq, fulfilledAt, fulfilledSeq } = deadline
  const of = `deadline ${no}`
  if (state === 'running' && dueAt < now) yield `${of} runs and is overdue`
  if (isLive(deadline) !== (settledAt === null)) yield `${of} is ${state}, settled at ${settledAt}`
  if ((state === 'paused') !== (deadline.pausedAt !== null)) yield `${of} is ${state} and half paused`
  if ((settledAt === null) !== (settledSeq === null)) yield `${of} is half settled`
  if (state === 'met' && (settledAt ?? 0) > dueAt && !deadline.clockFault)
    yield `${of} was met after it was due`
  if (state === 'breached' && (settledAt ?? 0) <= dueAt) yield `${of} was breached in time`
  if (fulfilledAt !== null && (state !== 'breached' || fulfilledAt < (settledAt ?? 0)))
    yield `${of} is ${state} and fulfilled`
  for (const [what, ms] of Object.entries({
    paused: deadline.pausedMs,
    extended: deadline.extendedMs,
    advanced: deadline.advancedMs,
    prolonged: deadline.prolongedMs,
  }))
    if (ms < 0) yield `${of} was ${what} by ${ms} ms`
  const settling = settledSeq === null ? undefined : events[settledSeq - 1]
  const settlement = settling?.changes.settled.find((change) => change.no === no)
  if (settledSeq !== null && settlement?.state !== state) yield `${of} was settled by another event`
  if (fulfilledSeq !== null && events[fulfilledSeq - 1]?.changes.fulfilled.includes(no) !== true)
    yield `${of} was fulfilled by another event`
}

/** A breach climbs once, what is handed over goes on once, and nothing else has a successor. */
function* faultsOfSuccession(
  incident: Incident,
  deadline: Deadline,
  events: readonly IncidentEvent[],
): Generator<string> {
  const { no, state, dueAt } = deadline
  const of = `deadline ${no}`
  const breaches = events.flatMap((event) =>
    event.type === 'deadline_breached' && event.breach.deadlineNo === no ? [event] : [],
  )
  if (breaches.length !== (state === 'breached' ? 1 : 0))
    yield `${of} is ${state} with ${breaches.length} breaches`
  const outcome = breaches[0]?.breach.outcome
  const escalated = incident.deadlines.filter((row) => row.escalatedFrom === no)
  if (escalated.length !== (outcome === 'escalated' ? 1 : 0))
    yield `${of} has ${escalated.length} escalations`
  if (outcome !== undefined && (outcome === 'carried') !== (deadline.assignmentNo !== null))
    yield `${of} was ${outcome}`
  const handed = incident.deadlines.filter((row) => row.handedFrom === no).length
  const merged = deadline.cancelReason === 'merged' && handed <= 1
  if (handed !== (deadline.cancelReason === 'handed_over' ? 1 : 0) && !merged)
    yield `${of} was handed ${handed} times`

  const below = incident.deadlines.find((row) => row.no === (deadline.escalatedFrom ?? deadline.handedFrom))
  if (below === undefined) return
  if (below.promise !== deadline.promise || below.reportId !== deadline.reportId)
    yield `${of} is of another promise than what it follows`
  if (below.cancelReason === 'merged') {
    if (deadline.generation <= below.generation) yield `${of} goes on as if there had been no merge`
    // What another case brought forward since was not lost by this merge.
    if (dueAt + deadline.advancedMs < below.dueAt + below.advancedMs)
      yield `${of} lost time while it was merged`
    return
  }
  // Only where the areas have changed does somebody else go on at the same rung.
  const moved = events[(below.settledSeq ?? 0) - 1]?.type === 'duty_moved'
  const climbed =
    deadline.rung !== 'unit' &&
    below.rung !== 'unit' &&
    (rankOf(deadline.rung) > rankOf(below.rung) ||
      (moved && deadline.rung === below.rung && deadline.accountable.code !== below.accountable.code))
  if (!climbed) yield `${of} fell from ${below.rung} to ${deadline.rung}`
  if (below.generation !== deadline.generation) yield `${of} is of another generation than what it follows`
  if (below.settledAt !== deadline.startedAt) yield `${of} did not start when the one below ended`
  const putOffMs = (row: Deadline) => row.pausedMs + row.extendedMs - row.advancedMs
  const shiftedMs = deadline.prolongedMs + putOffMs(deadline) - putOffMs(below)
  if (deadline.handedFrom !== null && below.dueAt + shiftedMs !== dueAt)
    yield `${of} was handed over with another due time`
}

function* faultsOfDoubles({ deadlines }: Incident): Generator<string> {
  const keys = new Set<string>()
  for (const row of deadlines.filter(({ cancelReason }) => cancelReason !== 'handed_over')) {
    const promised = [row.promise, row.assignmentNo, row.reportId]
    const key = [...promised, row.rung, row.generation].join(' ')
    const live = isLive(row) ? ['live', ...promised].join(' ') : key
    if (keys.has(key)) yield `two deadlines are ${key}`
    if (live !== key && keys.has(live)) yield `two deadlines are ${live}`
    keys.add(key).add(live)
  }
}

/** The generation of the last receipt or reopening. An undone merge goes on with what was promised then. */
function takenUpIn({ deadlines }: Incident): number {
  const anew = deadlines.filter(
    ({ promise, assignmentNo, escalatedFrom, handedFrom }) =>
      promise === 'on_site' && assignmentNo === null && escalatedFrom === null && handedFrom === null,
  )
  return Math.max(...anew.map(({ generation }) => generation))
}

/** At every instant exactly one area answers for each promise that is owed and neither kept nor exhausted. */
function* faultsOfPromise(
  incident: Incident,
  promise: PromiseKind,
  events: readonly IncidentEvent[],
): Generator<string> {
  const since = promise === 'report' ? 1 : takenUpIn(incident)
  const all = incident.deadlines.filter((row) => row.promise === promise && isOfIncident(row))
  if (all.some((row) => isLive(row) && row.generation < since)) yield `an earlier ${promise} still runs`
  for (const reportId of new Set(all.map((row) => row.reportId))) {
    const of = reportId === null ? promise : `${promise} to ${reportId}`
    const owed = all.filter((row) => row.reportId === reportId && row.generation >= since)
    const live = owed.filter(isLive)
    const kept = owed.some((row) => row.state === 'met' || row.fulfilledAt !== null)
    const exhausted = events.some(
      (event) =>
        event.type === 'deadline_breached' &&
        event.breach.outcome === 'exhausted' &&
        owed.some((row) => row.no === event.breach.deadlineNo),
    )
    // What a merge took along has perhaps been kept elsewhere, or comes to an end there.
    const last = owed.at(-1)
    const elsewhere = last?.cancelReason === 'merged' || last?.cancelReason === 'separated'
    const expected = isOpen(incident.state) && owed.length > 0 && !kept && !exhausted && !elsewhere ? 1 : 0
    if (reportId === null && owed.length === 0) yield `${of} of generation ${since} was never promised`
    if (live.length !== expected)
      yield `${live.length} areas answer for ${of} in ${incident.state}, kept ${kept}, exhausted ${exhausted}`
    if (kept && owed.some((row) => row.state === 'breached' && row.fulfilledAt === null))
      yield `${of} was kept, and a breach of it does not say when`
    if (owed.filter((row) => row.state === 'met').length > 1) yield `${of} was met twice`
    if (owed.some((row) => row.accountable.kind !== 'area')) yield `a unit answers for ${of}`
  }
}

function* faultsOfAssignments(incident: Incident, lastAt: Instant): Generator<string> {
  const live = incident.assignments.filter(isAtWork)
  const leads = live.filter(({ part }) => part === 'lead')
  if (leads.length > 1) yield `${leads.length} leads`
  if (live.length > 0 && !isOpen(incident.state)) yield `somebody is at work in ${incident.state}`
  if (new Set(live.map(({ assignee }) => assignee.code)).size < live.length) yield 'a unit is called twice'
  for (const [index, assignment] of incident.assignments.entries()) {
    const { no, assignee, state, acceptedAt, arrivedAt } = assignment
    const of = `assignment ${no}`
    if (no !== index + 1) yield `${of} stands where ${index + 1} should`
    const [own, ...more] = incident.deadlines.filter(
      (row) => row.assignmentNo === no && row.cancelReason !== 'handed_over',
    )
    // Once its clock is settled, an area may have given way to another; so, too, once it has run out and waits for a clock that
    // can be trusted: the breach will be that of whoever let it run out.
    const isTheirs =
      isDeepStrictEqual(own?.accountable, assignee) ||
      (assignee.kind === 'area' && own !== undefined && (!isLive(own) || own.dueAt < lastAt))
    if (own === undefined || more.length > 0 || !isTheirs) {
      yield `${of} has not one deadline of its assignee's`
      continue
    }
    const owes = isAtWork(assignment) && arrivedAt === null && own.state !== 'breached'
    if (isLive(own) !== owes) yield `${of} is ${state}, its deadline ${own.state}`
    if (own.state === 'met' && own.settledAt !== arrivedAt) yield `${of} was kept by another arrival`
    if (state === 'arrived' && arrivedAt === null) yield `${of} has arrived at no time`
    if (arrivedAt !== null && acceptedAt === null) yield `${of} has arrived and never reported in`
    if (state === 'assigned' && acceptedAt !== null) yield `${of} was accepted and waits to be`
  }
  if (!isOpen(incident.state) && incident.deadlines.some(isLive))
    yield `something still runs in ${incident.state}`
}

function* faultsOfReliefs(incident: Incident, now: Instant): Generator<string> {
  const { reliefs, deadlines } = incident
  const pauses = reliefs.filter(isPausing)
  for (const { no, until } of pauses) if (until < now) yield `pause ${no} is over and goes on`
  for (const promise of promiseKinds) {
    const stopped = pauses.filter(({ promises }) => promises.includes(promise)).length
    if (stopped > 1) yield `${promise} is paused twice`
    if (stopped === 0 && deadlines.some((row) => row.promise === promise && row.state === 'paused'))
      yield `${promise} stands still and nobody has paused it`
  }
  const open = reliefs.some((relief) => relief.state === 'requested' || isPausing(relief))
  if (open && !isOpen(incident.state)) yield `a request is open in ${incident.state}`
  for (const { no, state, decidedAt, decidedBy } of reliefs) {
    const decided = state !== 'requested' && state !== 'lapsed'
    if (decided !== (decidedAt !== null) || decided !== (decidedBy !== null))
      yield `request ${no} is ${state}, decided by ${decidedBy}`
  }
}
