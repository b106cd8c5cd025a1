import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import type { ExpectedRow } from './row-fields.ts'

/** The rows that single events tell of, as the tables must hold them: each given the incident after its event. */

export function breachFields(
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

export function reportFields(
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

export function revealFields(
  { id, districtCode, seq }: Incident,
  { at, actor, reportId }: Extract<IncidentEvent, { type: 'reporter_revealed' }>,
): ExpectedRow['fields'] {
  return {
    incident_id: id,
    seq,
    district_code: districtCode,
    report_id: reportId,
    revealed_to: actor?.id ?? null,
    revealed_at: at,
  }
}

export function ratingFields(
  incident: Incident,
  { at, rating }: Extract<IncidentEvent, { type: 'rated' }>,
  generation: number,
): ExpectedRow['fields'] {
  return {
    report_id: rating.reportId,
    generation,
    incident_id: incident.id,
    seq: incident.seq,
    district_code: incident.districtCode,
    solved: rating.solved,
    satisfaction: rating.satisfaction,
    rated_at: at,
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
    reopenings: incident.reopenings,
    ended_by_area_code: incident.endedByAreaCode,
    ended_at: incident.endedAt,
    merged_into: incident.mergedInto?.incidentId ?? null,
    merged_at: incident.mergedInto?.at ?? null,
    merged_from: incident.mergedInto?.from ?? null,
  }
}
