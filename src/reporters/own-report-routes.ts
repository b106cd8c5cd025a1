import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { languageHeaders } from '../http/read-headers.ts'
import { reportingRoles } from '../incidents/report-routes.ts'
import { reportPath } from '../incidents/request-fields.ts'
import { preferredLanguage } from '../wording/wording.ts'
import { answerOwnReport, findOwnReport, ownReportQuery, ownReportView } from './find-own-report.ts'
import { listOwnReports, ownReportSummary } from './list-own-reports.ts'
import { asksSender, isReporter } from './own-reports.ts'

/** What people who are logged in see of what they have sent in themselves. */
export function ownReportRoutes({
  db,
  readClock,
}: {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/reports',
      {
        config: { access: { roles: reportingRoles } },
        schema: {
          operationId: 'list_own_reports',
          summary: 'The own reports, newest first (我的线索)',
          tags: ['reports'],
          querystring: z.strictObject(pageQuery(z.uuid())),
          response: { 200: pageOf(ownReportSummary) },
        },
      },
      async (request, reply) => {
        const { query, actor } = request
        const now = (await readClock(db)).now
        const page = await listOwnReports(db, { actor, now, before: query.cursor, limit: query.limit })
        return answerPage(request, reply, page)
      },
    )

    app.get(
      '/v1/reports/:id',
      {
        config: { access: { roles: reportingRoles } },
        schema: {
          operationId: 'get_own_report',
          summary: 'What became of an own report (我的线索)',
          tags: ['reports'],
          params: reportPath,
          querystring: ownReportQuery,
          headers: languageHeaders,
          response: { 200: ownReportView },
        },
      },
      async (request, reply) => {
        const { params, query, actor, headers } = request
        const report = await findOwnReport(db, {
          reportId: params.id,
          isOwn: isReporter(actor),
          isAsked: asksSender,
          now: (await readClock(db)).now,
          language: preferredLanguage(headers['accept-language']),
          page: query,
        })
        if (report === undefined) throw new Problem('not_found')
        return answerOwnReport(request, reply, report)
      },
    )
  }
}
