import { commandRoles } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import type { ProblemCode } from '../http/problems/problem-codes.ts'
import { writeHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import type { ActInTurn } from './act-in-turn.ts'
import { actionView } from './act-on-incident.ts'
import { type ActionRoute, actionBodies, type IncidentAction } from './action-bodies.ts'
import { incidentPath } from './request-fields.ts'

/**
 * `POST /v1/incidents/{id}/…`, one route for each command. Each goes through the one write path and answers with the
 * incident as it is afterwards.
 */
export function actionRoutes(actInTurn: ActInTurn): RoutePlugin {
  return (app) => {
    for (const type of incidentActions) {
      const route: ActionRoute = actionBodies[type]
      app.post(
        `/v1/incidents/:id/${type.replaceAll('_', '-')}`,
        {
          config: {
            access: { roles: commandRoles[type] },
            problems: [...everyAction, ...route.problems],
            answerHeaders: { 200: ['ETag'] },
          },
          schema: {
            operationId: type,
            summary: route.summary,
            tags: ['incidents'],
            params: incidentPath,
            headers: writeHeaders,
            body: route.body,
            response: { 200: actionView },
          },
        },
        async (request, reply) => {
          const outcome = await actInTurn({
            ...request.body,
            incidentId: request.params.id,
            actor: request.actor,
            request: requestKeyOf(request),
            arrivedAt: request.arrivedAt,
            ifMatch: request.headers['if-match'],
            textVisibleToReporter: route.answersReporter,
          })
          return sendAnswer(reply, outcome)
        },
      )
    }
  }
}

const incidentActions = Object.keys(actionBodies).filter(
  (type): type is IncidentAction => type in actionBodies,
)

const everyAction = [
  'illegal_transition',
  'not_your_area',
  'idempotency_key_reused',
  'precondition_failed',
  'incident_unsettleable',
] as const satisfies readonly ProblemCode[]
