import { type Selectable, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import { uuidArray } from '../database/array-parameters.ts'
import type { AnonymousReporterTable, ReportTable } from '../database/incident-tables.ts'
import type { Database } from '../database/schema.ts'
import { type Actor, roles } from '../domain/actor.ts'
import { contactReaders } from '../domain/permissions.ts'
import { instantOut } from '../http/instant-schema.ts'
import { findMergedReports } from './merged-reports.ts'
import { pseudonymOf } from './report-submission.ts'
import { positionField } from './request-fields.ts'

const personView = z.object({ id: z.string(), role: z.enum(roles) })

export const reportView = z
  .object({
    id: z.uuid(),
    description: z.string(),
    address: z.string().nullable(),
    position: positionField.nullable(),
    occurredAt: instantOut.nullable(),
    receivedAt: instantOut,
    anonymous: z.boolean().meta({ description: 'The reporter asked not to be known (匿名)' }),
    loggedIn: z
      .boolean()
      .nullable()
      .meta({ description: 'false: reported without a login; null where that is not shown' }),
    reporterRole: z
      .enum(roles)
      .nullable()
      .meta({ description: 'null for an anonymous report, and where nobody was logged in' }),
    filedBy: personView
      .extend({ id: z.string().nullable().meta({ description: 'null for a resident' }) })
      .nullable()
      .meta({
        description: 'Who filed the report for somebody else (代办); null for all other reports',
      }),
    contact: z.object({ name: z.string().nullable(), phone: z.string().nullable() }).nullable().meta({
      description:
        'For those who must answer the reporter, and of an anonymous one for those to whom it was revealed; null for everyone else',
    }),
    revealedReporter: personView.nullable().meta({
      description: 'Who sent an anonymous report, for those to whom it was revealed (查看匿名反映人)',
    }),
  })
  .meta({ id: 'Report', description: 'What one person sent in (线索)' })

type Row = Selectable<ReportTable> & {
  readonly contact_of: string | null
  readonly on_behalf: boolean | null
  readonly name: string | null
  readonly phone: string | null
  readonly hidden: string | null
  readonly hidden_id: AnonymousReporterTable['reporter_id']
  readonly hidden_role: AnonymousReporterTable['reporter_role']
  readonly revealed: boolean
}

/** As many reports as an answer about a case holds; the list of its reports has the others. */
export const reportsShownMax = 100

type ReportView = z.input<typeof reportView>

/**
 * Some reports of a case as staff may see them: the one that opened it first, then those of cases that were merged into it, by
 * their ids. Two statements, however many there are.
 *
 * @param after the last report of the page before; it need not belong to the case any more
 * @returns a page of them, the last of it where more follow, and how many there are in all
 */
export async function readReports(
  trx: Transaction<Database>,
  incidentId: string,
  {
    reader,
    after,
    limit,
  }: { readonly reader: Actor; readonly after: string | undefined; readonly limit: number },
): Promise<{ items: ReportView[]; next: string | undefined; count: number }> {
  const { first, all } = await findMergedReports(trx, incidentId)
  const others = [...all].filter((id) => id !== first).sort()
  const afterFirst = after === undefined || after === first ? others : others.filter((id) => id > after)
  const left = after === undefined ? [first, ...afterFirst] : afterFirst
  const ids = left.slice(0, limit)
  const rows: Row[] = await trx
    .selectFrom('reports')
    .leftJoin('report_contacts as contacts', 'contacts.report_id', 'reports.id')
    .leftJoin('anonymous_reporters as hidden', 'hidden.report_id', 'reports.id')
    .selectAll('reports')
    .select(['contacts.report_id as contact_of', 'on_behalf', 'name', 'phone'])
    .select([
      'hidden.report_id as hidden',
      'hidden.reporter_id as hidden_id',
      'hidden.reporter_role as hidden_role',
    ])
    .select(
      sql<boolean>`exists (
        select from reporter_reveals where reporter_reveals.report_id = reports.id
          and reporter_reveals.revealed_to = ${reader.id})`.as('revealed'),
    )
    .where('reports.id', '=', sql<string>`any(${uuidArray(ids)})`)
    .orderBy(sql`reports.id <> ${first}`)
    .orderBy('reports.id')
    .execute()
  return {
    items: rows.map((row) => viewReport(row, reader)),
    next: left.length > limit ? ids.at(-1) : undefined,
    count: all.size,
  }
}

function viewReport(row: Row, { role }: Actor): ReportView {
  const anonymous = row.hidden !== null
  const mustAnswer = contactReaders.some((reading) => reading === role)
  const seesContact = anonymous ? row.revealed : mustAnswer
  const loggedIn = row.reporter_id !== pseudonymOf(row.id).id
  const named = !anonymous && loggedIn
  const revealed = anonymous && row.revealed
  return {
    id: row.id,
    description: row.description,
    address: row.address,
    position:
      row.latitude === null || row.longitude === null
        ? null
        : { latitude: row.latitude, longitude: row.longitude },
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    anonymous,
    loggedIn: anonymous ? null : loggedIn,
    reporterRole: named ? row.reporter_role : null,
    filedBy: named && row.on_behalf === true ? filerOf(row) : null,
    contact: seesContact && row.contact_of !== null ? { name: row.name, phone: row.phone } : null,
    revealedReporter:
      revealed && row.hidden_id !== null && row.hidden_role !== null
        ? { id: row.hidden_id, role: row.hidden_role }
        : null,
  }
}

/** Who a resident is, handlers need not know: whom to answer is the contact. */
function filerOf({ reporter_id: id, reporter_role: role }: Row): ReportView['filedBy'] {
  return { id: role === 'resident' ? null : id, role }
}
