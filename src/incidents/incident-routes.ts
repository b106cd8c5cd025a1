import { z } from 'zod'
import { areaCode as areaCodeField } from '../areas/area-code.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { incidentReaders } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { searchTerms } from '../search/search-terms.ts'
import type { WritePathDependencies } from './act-on-incident.ts'
import { getIncident, incidentDetail } from './get-incident.ts'
import { incidentView } from './incident-view.ts'
import { listIncidents } from './list-incidents.ts'
import { incidentPath } from './request-fields.ts'

/** What staff read: one incident, and the incidents of a subtree. */
export function incidentRoutes({ db }: Pick<WritePathDependencies, 'db'>): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/incidents/:id',
      {
        config: { access: { roles: incidentReaders }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_incident',
          summary: 'An incident with its deadlines and reports (事件详情)',
          tags: ['incidents'],
          params: incidentPath,
          response: { 200: incidentDetail },
        },
      },
      async ({ params, actor }, reply) => {
        const incident = await getIncident(db, params.id, actor)
        if (incident === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(incident.revision))
        return incident
      },
    )

    app.get(
      '/v1/incidents',
      {
        config: { access: { roles: incidentReaders } },
        schema: {
          operationId: 'list_incidents',
          summary: 'Incidents of a subtree, the newest first (事件列表)',
          tags: ['incidents'],
          querystring: z.strictObject({
            ...pageQuery(z.strictObject({ id: z.uuid() })),
            areaCode: areaCodeField
              .optional()
              .meta({ description: 'The subtree; all that the caller may see unless given' }),
            state: z.enum(incidentStates).optional().meta({ description: 'Only incidents in this state' }),
            q: searchTerms.optional().meta({
              description:
                'Terms that must all occur in descriptions, addresses or remarks (全文检索); what was written in the last seconds may be missing',
              example: '消防通道 黄石大道',
            }),
          }),
          response: { 200: pageOf(incidentView) },
        },
      },
      async (request, reply) => {
        const { limit, cursor, areaCode, state, q: terms } = request.query
        const filter = { limit, before: cursor?.id, areaCode, state, terms }
        const page = await listIncidents(db, request.actor, filter)
        return answerPage(request, reply, page)
      },
    )
  }
}
