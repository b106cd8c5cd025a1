import { applyEvent, type IncidentEvent, type NoteReference } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import type { ExpectedRow } from './row-fields.ts'

/** What an incident's events make of it: its rows, and what they committed to. */
export interface RebuiltIncident {
  readonly incident: Incident
  readonly deadlines: ReadonlyMap<string, ExpectedRow>
  readonly assignments: ReadonlyMap<string, ExpectedRow>
  readonly breaches: ReadonlyMap<string, ExpectedRow>
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
  const notes = new Map<number, NoteReference>()
  const startedBy = new Map<number, number>()

  return {
    add(event) {
      const misfit = misfitOf(id, incident, event)
      if (misfit !== undefined) return misfit
      incident = applyEvent(incident, event)
      const { seq } = incident
      for (const { no } of event.changes.started) startedBy.set(no, seq)
      if (event.note !== null) notes.set(seq, event.note)
      if (event.type === 'deadline_breached')
        breaches.set(String(event.breach.deadlineNo), { seq, fields: breachFields(incident, event) })
      if (event.type === 'report_received')
        reports.set(event.reportId, { seq, fields: reportFields(incident, event) })
      return undefined
    },
    result() {
      if (incident === undefined) return undefined
      const { id: incidentId, districtCode, policyId, seq } = incident
      const owner = { incident_id: incidentId, district_code: districtCode }
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
                unit_code: assignment.unitCode,
                whistled_by: assignment.whistledBy,
                assigned_at: assignment.assignedAt,
                ended_at: assignment.endedAt,
              },
            },
          ]),
        ),
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
  const { settled, fulfilled, started, prolonged = [] } = event.changes
  for (const [change, rows] of Object.entries({ settled, prolonged })) {
    for (const { no } of rows) {
      const found = states.get(no)
      if (found !== 'running')
        return { field: `${change} deadline ${no}`, expected: 'running', found: found ?? 'absent' }
    }
  }
  for (const no of fulfilled) {
    const found = states.get(no)
    if (found !== 'breached')
      return { field: `fulfilled deadline ${no}`, expected: 'breached', found: found ?? 'absent' }
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

function breachFields(
  incident: Incident,
  { at, breach }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
): ExpectedRow['fields'] {
  const deadline = incident.deadlines.find(({ no }) => no === breach.deadlineNo)
  return {
    incident_id: incident.id,
    deadline_no: breach.deadlineNo,
    number: incident.number,
    district_code: incident.districtCode,
    area_path: deadline?.areaPath.join('/') ?? '',
    tree_version: deadline?.treeVersion ?? 0,
    category_code: incident.categoryCode,
    promise: breach.promise,
    rung: breach.rung,
    accountable_code: breach.accountable.code,
    policy_id: incident.policyId,
    started_at: breach.startedAt,
    due_at: breach.dueAt,
    detected_at: at,
    outcome: breach.outcome,
    seq: incident.seq,
  }
}

function reportFields(
  incident: Incident,
  { at, actor, occurredAt, reportId }: Extract<IncidentEvent, { type: 'report_received' }>,
): ExpectedRow['fields'] {
  return {
    id: reportId,
    incident_id: incident.id,
    district_code: incident.districtCode,
    reporter_id: actor?.id ?? '',
    reporter_role: actor?.role ?? '',
    category_code: incident.categoryCode,
    area_code: incident.areaCode,
    occurred_at: occurredAt,
    received_at: at,
  }
}

/** The incident's own row, but for its head, which the chain tells. */
export function incidentFields(incident: Incident): ExpectedRow['fields'] {
  return {
    id: incident.id,
    number: incident.number,
    district_code: incident.districtCode,
    area_code: incident.areaCode,
    category_code: incident.categoryCode,
    severity: incident.severity,
    policy_id: incident.policyId,
    state: incident.state,
    received_at: incident.receivedAt,
    revision: incident.revision,
    generation: incident.generation,
    ended_by_area_code: incident.endedByAreaCode,
  }
}
