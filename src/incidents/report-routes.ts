import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Role } from '../domain/actor.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { Problem } from '../http/problems/problem.ts'
import { createHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import type { RateLimiter } from '../rate-limits/rate-limiter.ts'
import { withFollowSecret } from './follow-secret.ts'
import { reportBody, submissionOf } from './report-body.ts'
import type { ReportIntake } from './report-intake.ts'
import type { ReportLimits } from './report-limits.ts'
import { submittedReportView } from './submit-reports.ts'

/** Who sends reports in. The last two do so for others only: what they see themselves they handle. */
export const reportingRoles = [
  'resident',
  'grid_worker',
  'building_leader',
  'dispatcher',
  'responder',
] as const
const forOthersOnly: readonly Role[] = ['dispatcher', 'responder']
/** Whose own area a report is about unless it says otherwise. */
const atHome: readonly Role[] = ['grid_worker', 'building_leader']

export interface ReportDependencies {
  readonly db: Kysely<Database>
  readonly intake: ReportIntake
  readonly limiter: RateLimiter
  readonly limits: ReportLimits
}

/** What is answered is stored without the secret, which is made again for each answer. */
export const submittedReport = submittedReportView
  .extend({
    followSecret: z
      .string()
      .optional()
      .meta({
        description:
          'Random; opens this report without a login, as the header Follow-Secret. There for those only who are to follow it so. ' +
          'Keep it out of addresses: the fragment of a link is never sent.',
      }),
  })
  .meta({
    id: 'SubmittedReport',
    description: 'A report that was received, and the promises that it started',
  })

/** `POST /v1/reports`. */
export function reportRoutes({ db, intake, limiter, limits }: ReportDependencies): RoutePlugin {
  return (app) => {
    // What is being stored is finished even where its sender has gone.
    app.addHook('onClose', () => intake.idle())

    app.post(
      '/v1/reports',
      {
        config: {
          access: { roles: reportingRoles },
          problems: [
            'area_required',
            'area_not_found',
            'area_not_reportable',
            'category_not_found',
            'on_behalf_required',
            'idempotency_key_reused',
            'rate_limited',
          ],
          answerHeaders: { 201: ['Location', 'RateLimit-Policy'] },
        },
        schema: {
          operationId: 'submit_report',
          summary: 'Report something (反映线索): opens an incident and starts its three promises',
          description:
            'A Link header (rel="related") leads to what others have reported nearby already (附近已反映的事件).',
          tags: ['reports'],
          headers: createHeaders,
          body: reportBody,
          response: { 201: submittedReport },
        },
      },
      async (request, reply) => {
        const { actor, body, headers, arrivedAt } = request
        const areaCode = body.areaCode ?? (atHome.includes(actor.role) ? actor.areaCode : undefined)
        if (areaCode === undefined) throw areaRequired()
        if (forOthersOnly.includes(actor.role) && body.onBehalfOf === undefined) throw onBehalfRequired()
        reply.headers(await limiter.take(limits.byPerson, actor.id))
        const idempotencyKey = headers['idempotency-key']
        const submission = submissionOf(body, {
          request: requestKeyOf(request),
          idempotencyKey,
          arrivedAt,
          sender: actor,
          areaCode,
        })
        const outcome = await intake.submit(submission)
        if ('problem' in outcome) throw outcome.problem
        // What others have reported of the same thing is looked up by whoever wants it: no report waits for that.
        reply.header('link', `<${outcome.answer.headers.location}/duplicates>; rel="related"`)
        if (submission.secretHash === undefined) return sendAnswer(reply, outcome)
        const answer = await withFollowSecret(db, outcome.answer, idempotencyKey)
        return sendAnswer(reply, { ...outcome, answer })
      },
    )
  }
}

function areaRequired(): Problem {
  const detail = { zh: '请填写辖区代码', en: 'Name the area' }
  return new Problem('area_required', { errors: [{ pointer: '/areaCode', detail }] })
}

function onBehalfRequired(): Problem {
  const detail = { zh: '请填写被代办人', en: 'Say for whom you report' }
  return new Problem('on_behalf_required', { errors: [{ pointer: '/onBehalfOf', detail }] })
}
