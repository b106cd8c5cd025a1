import { sql } from 'kysely'
import { byteaArray, doubleArray, instantArray, textArray, uuidArray } from '../database/array-parameters.ts'
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

/** Who sent a report stands in a table of its own, beside it; nothing where nobody said so. */
export function insertContacts(received: readonly ReceivedReport[]): Insert | undefined {
  const rows = received.flatMap(({ submission: { reportId, contact } }) =>
    contact === null ? [] : [{ reportId, contact }],
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into report_contacts (report_id, name, phone)
    select * from unnest(
      ${uuidArray(rows.map(({ reportId }) => reportId))},
      ${textArray(rows.map(({ contact }) => contact.name))},
      ${textArray(rows.map(({ contact }) => contact.phone))}
    )`
}
