import { isDeepStrictEqual } from 'node:util'
import { applyEvent } from '../../src/domain/apply-event.ts'
import { rankOf } from '../../src/domain/area.ts'
import { type Deadline, type PromiseKind, promiseKinds } from '../../src/domain/deadline.ts'
import { type IncidentEvent, isCommandEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { isOpen } from '../../src/domain/incident-state.ts'
import type { Instant } from '../../src/domain/instant.ts'

/**
 * Everything about an incident and its events that must never be so (reliability.md, Invariants 1 to 7 and 11), in words.
 * Empty for a sound one. Works from what an incident is and not from how it came about.
 *
 * @param now the instant up to which everything has been settled
 */
export function faultsOf(incident: Incident, events: readonly IncidentEvent[], now: Instant): string[] {
  return [
    ...faultsOfHistory(incident, events),
    ...incident.deadlines.flatMap((deadline) => [...faultsOfDeadline(incident, deadline, events, now)]),
    ...promiseKinds.flatMap((promise) => [...faultsOfPromise(incident, promise, events)]),
    ...faultsOfAssignments(incident),
  ]
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
}

function* faultsOfDeadline(
  incident: Incident,
  deadline: Deadline,
  events: readonly IncidentEvent[],
  now: Instant,
): Generator<string> {
  const { no, state, dueAt, settledAt, settledSeq, fulfilledAt, fulfilledSeq } = deadline
  const of = `deadline ${no}`
  const other = (wanted: number | null) => incident.deadlines.find((row) => row.no === wanted)
  if (state === 'running' && dueAt < now) yield `${of} runs and is overdue`
  if ((state === 'running') !== (settledAt === null)) yield `${of} is ${state}, settled at ${settledAt}`
  if ((settledAt === null) !== (settledSeq === null)) yield `${of} is half settled`
  if (state === 'met' && (settledAt ?? 0) > dueAt && !deadline.clockFault)
    yield `${of} was met after it was due`
  if (state === 'breached' && (settledAt ?? 0) <= dueAt) yield `${of} was breached in time`
  if (fulfilledAt !== null && (state !== 'breached' || fulfilledAt < (settledAt ?? 0)))
    yield `${of} is ${state} and fulfilled`
  const settling = settledSeq === null ? undefined : events[settledSeq - 1]
  const settlement = settling?.changes.settled.find((change) => change.no === no)
  if (settledSeq !== null && settlement?.state !== state) yield `${of} was settled by another event`
  if (fulfilledSeq !== null && events[fulfilledSeq - 1]?.changes.fulfilled.includes(no) !== true)
    yield `${of} was fulfilled by another event`

  const breaches = events.flatMap((event) =>
    event.type === 'deadline_breached' && event.breach.deadlineNo === no ? [event] : [],
  )
  if (breaches.length !== (state === 'breached' ? 1 : 0))
    yield `${of} is ${state} with ${breaches.length} breaches`
  const escalated = incident.deadlines.filter((row) => row.escalatedFrom === no)
  const climbs = breaches[0]?.breach.outcome === 'escalated' ? 1 : 0
  if (escalated.length !== climbs) yield `${of} has ${escalated.length} escalations`
  const handed = incident.deadlines.filter((row) => row.handedFrom === no)
  if (handed.length !== (deadline.cancelReason === 'handed_over' ? 1 : 0))
    yield `${of} was handed ${handed.length} times`

  const below = other(deadline.escalatedFrom ?? deadline.handedFrom)
  if (below !== undefined) {
    const climbed =
      deadline.rung !== 'unit' && below.rung !== 'unit' && rankOf(deadline.rung) > rankOf(below.rung)
    if (!climbed) yield `${of} fell from ${below.rung} to ${deadline.rung}`
    if (below.promise !== deadline.promise || below.generation !== deadline.generation)
      yield `${of} is of another promise than what it follows`
    if (below.settledAt !== deadline.startedAt) yield `${of} did not start when the one below ended`
  }
  if (deadline.handedFrom !== null && below?.dueAt !== dueAt - deadline.prolongedMs)
    yield `${of} was handed over with another due time`
  if (deadline.handedFrom === null && dueAt < deadline.startedAt) yield `${of} was due before it began`
}

/** At every instant exactly one area answers for each promise that is owed and neither kept nor exhausted. */
function* faultsOfPromise(
  incident: Incident,
  promise: PromiseKind,
  events: readonly IncidentEvent[],
): Generator<string> {
  const generation = promise === 'report' ? 1 : incident.generation
  const rows = incident.deadlines.filter((row) => row.promise === promise && row.rung !== 'unit')
  const owed = rows.filter((row) => row.generation === generation)
  const live = rows.filter((row) => row.state === 'running')
  if (owed.length === 0) yield `${promise} of generation ${generation} was never promised`
  if (live.some((row) => row.generation !== generation)) yield `an earlier ${promise} still runs`
  const kept = owed.some((row) => row.state === 'met' || row.fulfilledAt !== null)
  const exhausted = events.some(
    (event) =>
      event.type === 'deadline_breached' &&
      event.breach.outcome === 'exhausted' &&
      owed.some((row) => row.no === event.breach.deadlineNo),
  )
  const expected = isOpen(incident.state) && !kept && !exhausted ? 1 : 0
  if (live.length !== expected)
    yield `${live.length} areas answer for ${promise} in ${incident.state}, kept ${kept}, exhausted ${exhausted}`
  if (kept && owed.some((row) => row.state === 'breached' && row.fulfilledAt === null))
    yield `${promise} was kept, and a breach of it does not say when`
  if (owed.filter((row) => row.state === 'met').length > 1) yield `${promise} was met twice`
}

function* faultsOfAssignments(incident: Incident): Generator<string> {
  const live = incident.assignments.filter((assignment) => assignment.endedAt === null)
  if (live.length > 1) yield `${live.length} lead units`
  if (live.length > 0 && !isOpen(incident.state)) yield `a lead unit in ${incident.state}`
  if (incident.state === 'dispatched' && live.length === 0) yield 'dispatched, and to nobody'
  for (const { no, unitCode } of incident.assignments) {
    const rows = incident.deadlines.filter((row) => row.assignmentNo === no)
    const [row] = rows
    if (rows.length !== 1 || row?.accountable.kind !== 'unit' || row.accountable.code !== unitCode)
      yield `assignment ${no} has not one deadline of its unit's`
  }
  if (!isOpen(incident.state) && incident.deadlines.some((row) => row.state === 'running'))
    yield `something still runs in ${incident.state}`
}
