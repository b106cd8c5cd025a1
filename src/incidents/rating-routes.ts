import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { waitMaxMs } from '../database/waiting.ts'
import type { Actor } from '../domain/actor.ts'
import { commandRoles } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { Problem } from '../http/problem.ts'
import { createHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { actionView, actOnIncident, type WritePathDependencies } from './act-on-incident.ts'
import { findPresentCase } from './merged-reports.ts'
import { descriptionField } from './request-fields.ts'

/** `POST /v1/reports/{id}/rating`: the reporter says whether it worked (问效于民). */
export function ratingRoutes(dependencies: WritePathDependencies): RoutePlugin {
  return (app) => {
    app.post(
      '/v1/reports/:id/rating',
      {
        config: {
          access: { roles: commandRoles.rate },
          problems: [
            'illegal_transition',
            'already_rated',
            'rating_over',
            'idempotency_key_reused',
            'incident_unsettleable',
          ],
        },
        schema: {
          operationId: 'rate',
          summary: 'Say whether it worked; who says no takes the case up again (评价)',
          tags: ['reports'],
          params: z.strictObject({ id: z.uuid() }),
          headers: createHeaders,
          body: z.strictObject({
            solved: z
              .boolean()
              .meta({ description: 'false reopens the case, as often as its policy allows' }),
            satisfaction: z.int().min(1).max(5).meta({ description: 'From 1, not at all, to 5' }),
            text: descriptionField.optional().meta({ description: 'In the own words' }),
          }),
          response: { 200: actionView },
        },
      },
      async (request, reply) => {
        const { actor, body } = request
        const reportId = request.params.id.toLowerCase()
        const incidentId = await findPresentCase(dependencies.db, reportId, isReporter(actor))
        if (incidentId === undefined) throw new Problem('not_found')
        const outcome = await actOnIncident(
          dependencies,
          {
            incidentId,
            action: {
              type: 'rate',
              rating: { reportId, solved: body.solved, satisfaction: body.satisfaction },
            },
            actor,
            scope: sql<boolean>`true`,
            request: requestKeyOf(request),
            arrivedAt: request.arrivedAt,
            occurredAt: null,
            ifMatch: undefined,
            text: body.text ?? null,
            textVisibleToReporter: false,
          },
          performance.now() + waitMaxMs,
        )
        return sendAnswer(reply, outcome)
      },
    )
  }
}

/** The condition under which a report is the actor's own. */
function isReporter(actor: Actor): RawBuilder<boolean> {
  return sql<boolean>`reports.reporter_id = ${actor.id}`
}
