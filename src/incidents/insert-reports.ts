import { sql, type Transaction } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Incident } from '../domain/incident.ts'
import type { ReportSubmission } from './report-submission.ts'

export interface ReceivedReport {
  readonly submission: ReportSubmission
  readonly incident: Incident
}

/** Writes reports, and beside them, in a table of their own, the contacts that some of them carry. */
export async function insertReports(
  trx: Transaction<Database>,
  received: readonly ReceivedReport[],
): Promise<void> {
  const column = <T>(value: (report: ReportSubmission, incident: Incident) => T): T[] =>
    received.map(({ submission, incident }) => value(submission, incident))
  await sql`
    insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
      description, address, latitude, longitude, occurred_at, received_at, salt)
    select * from unnest(
      ${column((report) => report.reportId)}::uuid[],
      ${column((report) => report.incidentId)}::uuid[],
      ${column((_, incident) => incident.districtCode)}::text[],
      ${column((report) => report.reporter.id)}::text[],
      ${column((report) => report.reporter.role)}::text[],
      ${column((report) => report.categoryCode)}::text[],
      ${column((report) => report.areaCode)}::text[],
      ${column((report) => report.description)}::text[],
      ${column((report) => report.address)}::text[],
      ${column((report) => report.position?.latitude ?? null)}::float8[],
      ${column((report) => report.position?.longitude ?? null)}::float8[],
      ${column((report) => (report.occurredAt === null ? null : toTimestamp(report.occurredAt)))}::timestamptz[],
      ${column((_, incident) => toTimestamp(incident.receivedAt))}::timestamptz[],
      ${column((report) => report.salt)}::bytea[]
    )`.execute(trx)
  const contacts = received.flatMap(({ submission }) =>
    submission.contact === null ? [] : [{ report_id: submission.reportId, ...submission.contact }],
  )
  if (contacts.length > 0) await trx.insertInto('report_contacts').values(contacts).execute()
}
