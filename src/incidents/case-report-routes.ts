import type { Kysely } from 'kysely'
import { z } from 'zod'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import { incidentReaders } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { readReports, reportView } from './read-reports.ts'
import { incidentPath } from './request-fields.ts'
import { inScope } from './scope.ts'

/** `GET /v1/incidents/{id}/reports`. */
export function caseReportRoutes({ db }: { readonly db: Kysely<Database> }): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/incidents/:id/reports',
      {
        config: { access: { roles: incidentReaders } },
        schema: {
          operationId: 'list_case_reports',
          summary: 'All reports of an incident, the one that opened it first (事件的全部线索)',
          description:
            'Then those of the cases that were merged into it (并案), in the order in which they came in.',
          tags: ['incidents'],
          params: incidentPath,
          querystring: z.strictObject(pageQuery(z.uuid())),
          response: { 200: pageOf(reportView) },
        },
      },
      async (request, reply) => {
        const { params, query, actor } = request
        const page = await inSnapshot(db, async (trx) => {
          const visible = await trx
            .selectFrom('incidents')
            .select('id')
            .where('id', '=', params.id)
            .where(inScope(actor))
            .executeTakeFirst()
          if (visible === undefined) throw new Problem('not_found')
          const asked = { reader: actor, after: query.cursor, limit: query.limit }
          return readReports(trx, visible.id, asked)
        })
        return answerPage(request, reply, page)
      },
    )
  }
}
