import { sql } from 'kysely'
import {
  booleanArray,
  byteaArray,
  doubleArray,
  instantArray,
  textArray,
  uuidArray,
} from '../database/array-parameters.ts'
import type { Insert } from '../database/insert-together.ts'
import type { Incident } from '../domain/incident.ts'
import type { ReportSubmission } from './report-submission.ts'

export interface ReceivedReport {
  readonly submission: ReportSubmission
  readonly incident: Incident
}

export function insertReports(received: readonly ReceivedReport[]): Insert {
  const column = <T>(value: (report: ReportSubmission, incident: Incident) => T): T[] =>
    received.map(({ submission, incident }) => value(submission, incident))
  return sql`
    insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
      description, address, latitude, longitude, occurred_at, received_at, salt)
    select * from unnest(
      ${uuidArray(column((report) => report.reportId))},
      ${uuidArray(column((report) => report.incidentId))},
      ${textArray(column((_, incident) => incident.districtCode))},
      ${textArray(column((report) => report.reporter.id))},
      ${textArray(column((report) => report.reporter.role))},
      ${textArray(column((report) => report.categoryCode))},
      ${textArray(column((report) => report.areaCode))},
      ${textArray(column((report) => report.description))},
      ${textArray(column((report) => report.address))},
      ${doubleArray(column((report) => report.position?.latitude ?? null))},
      ${doubleArray(column((report) => report.position?.longitude ?? null))},
      ${instantArray(column((report) => report.occurredAt))},
      ${instantArray(column((_, incident) => incident.receivedAt))},
      ${byteaArray(column((report) => report.salt))}
    )`
}

/** How to reach somebody stands in a table of its own, beside the report; nothing where nobody said so. */
export function insertContacts(received: readonly ReceivedReport[]): Insert | undefined {
  const rows = received.flatMap(({ submission: { reportId, contact, onBehalf = false } }) =>
    contact === null ? [] : [{ reportId, contact, onBehalf }],
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into report_contacts (report_id, name, phone, on_behalf)
    select * from unnest(
      ${uuidArray(rows.map(({ reportId }) => reportId))},
      ${textArray(rows.map(({ contact }) => contact.name))},
      ${textArray(rows.map(({ contact }) => contact.phone))},
      ${booleanArray(rows.map(({ onBehalf }) => onBehalf))}
    )`
}

/** Who sent an anonymous report: the one place that says so. */
export function insertAnonymousReporters(received: readonly ReceivedReport[]): Insert | undefined {
  const rows = received.flatMap(({ submission: { reportId, hidden } }) =>
    hidden === undefined ? [] : [{ reportId, hidden }],
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into anonymous_reporters (report_id, reporter_id, reporter_role, area_code, unit_code)
    select * from unnest(
      ${uuidArray(rows.map(({ reportId }) => reportId))},
      ${textArray(rows.map(({ hidden }) => hidden?.id ?? null))},
      ${textArray(rows.map(({ hidden }) => hidden?.role ?? null))},
      ${textArray(rows.map(({ hidden }) => hidden?.areaCode ?? null))},
      ${textArray(rows.map(({ hidden }) => hidden?.unitCode ?? null))}
    )`
}

export function insertReportLinks(received: readonly ReceivedReport[]): Insert | undefined {
  const rows = received.flatMap(({ submission: { reportId, secretHash } }) =>
    secretHash === undefined ? [] : [{ reportId, secretHash }],
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into report_links (report_id, secret_hash)
    select * from unnest(
      ${uuidArray(rows.map(({ reportId }) => reportId))},
      ${byteaArray(rows.map(({ secretHash }) => secretHash))}
    )`
}
