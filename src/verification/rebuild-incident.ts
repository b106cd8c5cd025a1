import { applyEvent } from '../domain/apply-event.ts'
import type { IncidentEvent, NoteReference } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import { outstandingOf } from '../domain/outstanding.ts'
import { type ExpectedRow, fieldOf } from './row-fields.ts'
import { breachFields, ratingFields, reportFields, revealFields } from './told-rows.ts'

/** What an incident's events make of it: its rows, and what they committed to. */
export interface RebuiltIncident {
  readonly incident: Incident
  readonly deadlines: ReadonlyMap<string, ExpectedRow>
  readonly assignments: ReadonlyMap<string, ExpectedRow>
  readonly breaches: ReadonlyMap<string, ExpectedRow>
  readonly reliefs: ReadonlyMap<string, ExpectedRow>
  readonly joined: ReadonlyMap<string, ExpectedRow>
  readonly ratings: ReadonlyMap<string, ExpectedRow>
  readonly reveals: ReadonlyMap<string, ExpectedRow>
  readonly reports: ReadonlyMap<string, ExpectedRow>
  /** By the event's number; the first event's belongs to the report, all others to event_notes. */
  readonly notes: ReadonlyMap<number, NoteReference>
}

/** Why an event cannot follow the ones before it. */
export interface Misfit {
  readonly field: string
  readonly expected: string
  readonly found: string
}

/**
 * Folds an incident's events one by one, as domain.applyEvent does for the application, and keeps what its tables must
 * hold.
 */
export function rebuildIncident(id: string): {
  /** Adds the next event, unless it cannot follow; then nothing can be rebuilt any more. */
  add(event: IncidentEvent): Misfit | undefined
  result(): RebuiltIncident | undefined
} {
  let incident: Incident | undefined
  const breaches = new Map<string, ExpectedRow>()
  const reports = new Map<string, ExpectedRow>()
  const ratings = new Map<string, ExpectedRow>()
  const reveals = new Map<string, ExpectedRow>()
  const notes = new Map<number, NoteReference>()
  const startedBy = new Map<number, number>()

  return {
    add(event) {
      const misfit = misfitOf(id, incident, event)
      if (misfit !== undefined) return misfit
      const generation = incident?.generation ?? 1
      incident = applyEvent(incident, event)
      const { seq } = incident
      for (const { no } of event.changes.started) startedBy.set(no, seq)
      if (event.note !== null) notes.set(seq, event.note)
      if (event.type === 'deadline_breached')
        breaches.set(String(event.breach.deadlineNo), { seq, fields: breachFields(incident, event) })
      if (event.type === 'report_received')
        reports.set(event.reportId, { seq, fields: reportFields(incident, event) })
      if (event.type === 'rated')
        ratings.set(`${event.rating.reportId} ${generation}`, {
          seq,
          fields: ratingFields(incident, event, generation),
        })
      if (event.type === 'reporter_revealed')
        reveals.set(String(seq), { seq, fields: revealFields(incident, event) })
      return undefined
    },
    result() {
      if (incident === undefined) return undefined
      const { id: incidentId, districtCode, policyId, seq } = incident
      const owner = { incident_id: incidentId, district_code: districtCode }
      const outstanding = outstandingOf(incident)
      return {
        incident,
        deadlines: new Map(
          incident.deadlines.map((deadline) => [
            String(deadline.no),
            {
              seq: deadline.fulfilledSeq ?? deadline.settledSeq ?? startedBy.get(deadline.no) ?? seq,
              fields: {
                ...owner,
                no: deadline.no,
                promise: deadline.promise,
                rung: deadline.rung,
                accountable_code: deadline.accountable.code,
                generation: deadline.generation,
                assignment_no: deadline.assignmentNo,
                report_id: deadline.reportId,
                policy_id: policyId,
                area_path: deadline.areaPath.join('/'),
                tree_version: deadline.treeVersion,
                started_at: deadline.startedAt,
                due_at: deadline.dueAt,
                escalated_from: deadline.escalatedFrom,
                handed_from: deadline.handedFrom,
                state: deadline.state,
                cancel_reason: deadline.cancelReason,
                settled_at: deadline.settledAt,
                settled_seq: deadline.settledSeq,
                fulfilled_at: deadline.fulfilledAt,
                fulfilled_seq: deadline.fulfilledSeq,
                clock_fault: deadline.clockFault,
                prolonged_ms: deadline.prolongedMs,
                paused_at: deadline.pausedAt,
                paused_ms: deadline.pausedMs,
                extended_ms: deadline.extendedMs,
                advanced_ms: deadline.advancedMs,
                urges: deadline.urges,
                outstanding: outstanding.get(deadline.no) ?? null,
              },
            },
          ]),
        ),
        assignments: new Map(
          incident.assignments.map((assignment) => [
            String(assignment.no),
            {
              seq,
              fields: {
                ...owner,
                no: assignment.no,
                assignee_kind: assignment.assignee.kind,
                assignee_code: assignment.assignee.code,
                part: assignment.part,
                whistled_by: assignment.whistledBy,
                state: assignment.state,
                assigned_at: assignment.assignedAt,
                accepted_at: assignment.acceptedAt,
                arrived_at: assignment.arrivedAt,
                ended_at: assignment.endedAt,
                return_refused: assignment.returnRefused,
              },
            },
          ]),
        ),
        reliefs: new Map(
          incident.reliefs.map((relief) => [
            String(relief.no),
            {
              seq,
              fields: {
                ...owner,
                no: relief.no,
                kind: relief.kind,
                promises: relief.promises.join('/'),
                until: relief.until,
                by_ms: relief.byMs,
                requested_by_kind: relief.requestedBy.kind,
                requested_by_code: relief.requestedBy.code,
                state: relief.state,
                requested_at: relief.requestedAt,
                decided_at: relief.decidedAt,
                decided_by: relief.decidedBy,
                ended_at: relief.endedAt,
              },
            },
          ]),
        ),
        joined: new Map(
          incident.joined.map((each) => [
            each.incidentId,
            {
              seq,
              fields: {
                survivor_id: incidentId,
                incident_id: each.incidentId,
                taken: fieldOf(each.taken),
                joined_at: each.joinedAt,
                separated_at: each.separatedAt,
              },
            },
          ]),
        ),
        ratings,
        reveals,
        breaches,
        reports,
        notes,
      }
    },
  }
}

/** What keeps an event from following: the fold itself would take it without a word. */
function misfitOf(id: string, incident: Incident | undefined, event: IncidentEvent): Misfit | undefined {
  if ((event.type === 'report_received') !== (incident === undefined)) {
    const expected = incident === undefined ? 'report_received' : 'a later event'
    return { field: 'type', expected, found: event.type }
  }
  if (event.type === 'report_received' && event.incident.id !== id)
    return { field: 'incident.id', expected: id, found: event.incident.id }

  const states = new Map((incident?.deadlines ?? []).map(({ no, state }) => [no, state]))
  const { settled, fulfilled, started, prolonged, extended, advanced, resumed, paused, urged } = event.changes
  const live = ['running', 'paused']
  const numbers = (rows: readonly { readonly no: number }[] = []) => rows.map(({ no }) => no)
  const needed = [
    { change: 'settled', rows: numbers(settled), states: live },
    { change: 'prolonged', rows: numbers(prolonged), states: live },
    { change: 'extended', rows: numbers(extended), states: live },
    { change: 'advanced', rows: numbers(advanced), states: live },
    { change: 'urged', rows: urged ?? [], states: [...live, 'breached'] },
    { change: 'resumed', rows: numbers(resumed), states: ['paused'] },
    { change: 'paused', rows: paused ?? [], states: ['running'] },
    { change: 'fulfilled', rows: fulfilled, states: ['breached'] },
  ]
  for (const { change, rows, states: allowed } of needed) {
    for (const no of rows) {
      const found = states.get(no) ?? 'absent'
      if (!allowed.includes(found))
        return { field: `${change} deadline ${no}`, expected: allowed.join(' or '), found }
    }
  }
  for (const [index, { no }] of started.entries()) {
    const expected = states.size + index + 1
    if (no !== expected) return { field: 'started deadline', expected: String(expected), found: String(no) }
  }
  if (event.type !== 'deadline_breached') return undefined
  const { deadlineNo } = event.breach
  const breached = settled.some(({ no, state }) => no === deadlineNo && state === 'breached')
  return breached
    ? undefined
    : { field: 'breach', expected: `deadline ${deadlineNo} breached by it`, found: 'not so' }
}
