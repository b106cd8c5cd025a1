import { commandRoles } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { createHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { reportPath } from '../incidents/request-fields.ts'
import { asksSender, isReporter } from './own-reports.ts'
import { type RatingDependencies, rateReport, ratingBody, ratingProblems, ratingView } from './rate-report.ts'

/** `POST /v1/reports/{id}/rating`: the reporter says whether it worked (问效于民). */
export function ratingRoutes(dependencies: RatingDependencies): RoutePlugin {
  return (app) => {
    app.post(
      '/v1/reports/:id/rating',
      {
        config: { access: { roles: commandRoles.rate }, problems: [...ratingProblems, 'not_asked'] },
        schema: {
          operationId: 'rate',
          summary: 'Say whether it worked; who says no takes the case up again (评价)',
          tags: ['reports'],
          params: reportPath,
          headers: createHeaders,
          body: ratingBody,
          response: { 200: ratingView },
        },
      },
      async (request, reply) => {
        const { actor, body, params, arrivedAt } = request
        const outcome = await rateReport(dependencies, {
          reportId: params.id,
          isOwn: isReporter(actor),
          isAsked: asksSender,
          rater: actor,
          request: requestKeyOf(request),
          arrivedAt,
          body,
        })
        return sendAnswer(reply, outcome)
      },
    )
  }
}
