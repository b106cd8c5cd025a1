import { sql, type Transaction } from 'kysely'
import { byteaArray, doubleArray, instantArray, textArray, uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { Incident } from '../domain/incident.ts'
import type { ReportSubmission } from './report-submission.ts'

export interface ReceivedReport {
  readonly submission: ReportSubmission
  readonly incident: Incident
}

/** Writes reports, and beside them, in a table of their own, the contacts that some of them carry: in one statement. */
export async function insertReports(
  trx: Transaction<Database>,
  received: readonly ReceivedReport[],
): Promise<void> {
  const column = <T>(value: (report: ReportSubmission, incident: Incident) => T): T[] =>
    received.map(({ submission, incident }) => value(submission, incident))
  await sql`
    with given as (select * from unnest(
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
      ${byteaArray(column((report) => report.salt))},
      ${uuidArray(column((report) => (report.contact === null ? null : report.reportId)))},
      ${textArray(column((report) => report.contact?.name ?? null))},
      ${textArray(column((report) => report.contact?.phone ?? null))}
    ) as given (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
      description, address, latitude, longitude, occurred_at, received_at, salt, contact_of, name, phone)),
    received as (
      insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
        description, address, latitude, longitude, occurred_at, received_at, salt)
      select id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
        description, address, latitude, longitude, occurred_at, received_at, salt from given)
    insert into report_contacts (report_id, name, phone)
    select contact_of, name, phone from given where contact_of is not null`.execute(trx)
}
