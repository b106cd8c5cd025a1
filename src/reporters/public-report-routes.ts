import { z } from 'zod'
import type { ReadClock } from '../database/clock.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { Problem } from '../http/problems/problem.ts'
import { languageHeaders } from '../http/read-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import { followSecret, withFollowSecret } from '../incidents/follow-secret.ts'
import { publicReportBody, submissionOf } from '../incidents/report-body.ts'
import { type ReportDependencies, submittedReport } from '../incidents/report-routes.ts'
import { pseudonymOf } from '../incidents/report-submission.ts'
import { reportPath } from '../incidents/request-fields.ts'
import { takeByAddress } from '../rate-limits/take-by-address.ts'
import { bilingual, preferredLanguage } from '../wording/wording.ts'
import { answerOwnReport, findOwnReport, ownReportQuery, ownReportView } from './find-own-report.ts'
import { asksHolder, isFollower } from './own-reports.ts'
import { type RatingDependencies, rateReport, ratingBody, ratingProblems, ratingView } from './rate-report.ts'

/** All who are not logged in are one principal: what tells them apart is their keys, so those have to be random. */
const anybody = { id: 'reporter:anybody', role: 'resident' } as const
/** As long as 128 random bits in base64url; a UUID is longer. */
const keyLengthMin = 22
const randomKey = z
  .string()
  .regex(
    new RegExp(`^[\\x21-\\x7E]{${keyLengthMin},255}$`),
    bilingual(
      `未登录时幂等键须随机生成，至少 ${keyLengthMin} 个字符`,
      `Without a login the key must be random, of ${keyLengthMin} characters at least`,
    ),
  )
  .meta({
    description:
      'Random, chosen by the client (a UUID), the same for each retry. Whoever has it and the body is given the secret again.',
    example: '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11',
  })

/** Reporting and following without a login: a secret link takes the place of one, and opens its own report only. */
export function publicReportRoutes(
  dependencies: ReportDependencies & RatingDependencies & { readonly readClock: ReadClock },
): RoutePlugin {
  const { db, readClock, intake, limiter, limits } = dependencies
  return (app) => {
    app.post(
      '/v1/public/reports',
      {
        config: {
          access: 'public',
          problems: [
            'area_not_found',
            'area_not_reportable',
            'category_not_found',
            'idempotency_key_reused',
            'rate_limited',
          ],
          answerHeaders: { 201: ['Location', 'RateLimit-Policy'] },
        },
        schema: {
          operationId: 'submit_public_report',
          summary: 'Report something without a login (免登录反映)',
          description:
            'A Link header (rel="related") leads to what others have reported nearby already (附近已反映的事件), by the secret.',
          tags: ['reports'],
          querystring: z.strictObject({}),
          headers: z.object({ 'idempotency-key': randomKey }),
          body: publicReportBody,
          response: { 201: submittedReport },
        },
      },
      async (request, reply) => {
        const { body, headers, method, url, submittedBody, arrivedAt } = request
        reply.headers(await takeByAddress(limiter, limits.byAddress, request.ip))
        const idempotencyKey = headers['idempotency-key']
        const submission = submissionOf(body, {
          request: requestKeyOf({ method, url, submittedBody, headers, actor: anybody }),
          idempotencyKey,
          arrivedAt,
          sender: null,
          areaCode: body.areaCode,
        })
        const outcome = await intake.submit(submission)
        if ('problem' in outcome) throw outcome.problem
        const answer = await withFollowSecret(db, outcome.answer, idempotencyKey)
        const { location = '' } = answer.headers
        const followed = location.replace('/v1/reports/', '/v1/public/reports/')
        reply.header('link', `<${followed}/duplicates>; rel="related"`)
        return sendAnswer(reply, { ...outcome, answer: { ...answer, headers: { location: followed } } })
      },
    )

    app.get(
      '/v1/public/reports/:id',
      {
        config: {
          access: 'public',
          problems: ['rate_limited'],
          answerHeaders: { 200: ['RateLimit-Policy'] },
        },
        schema: {
          operationId: 'follow_report',
          summary: 'What became of a report, by its secret link (凭密钥查看进展)',
          tags: ['reports'],
          params: reportPath,
          querystring: ownReportQuery,
          headers: languageHeaders.extend({ 'follow-secret': followSecret }),
          response: { 200: ownReportView },
        },
      },
      async (request, reply) => {
        const { params, headers } = request
        reply.headers(await takeByAddress(limiter, limits.following, request.ip))
        const report = await findOwnReport(db, {
          reportId: params.id,
          isOwn: isFollower(headers['follow-secret']),
          isAsked: asksHolder,
          now: (await readClock(db)).now,
          language: preferredLanguage(request.headers['accept-language']),
          page: request.query,
        })
        if (report === undefined) throw new Problem('not_found')
        return answerOwnReport(request, reply, report)
      },
    )

    app.post(
      '/v1/public/reports/:id/rating',
      {
        config: {
          access: 'public',
          problems: [...ratingProblems, 'rate_limited'],
          answerHeaders: { 200: ['RateLimit-Policy'] },
        },
        schema: {
          operationId: 'rate_by_link',
          summary: 'Say whether it worked, by the secret link (凭密钥评价)',
          tags: ['reports'],
          params: reportPath,
          querystring: z.strictObject({}),
          headers: z.object({ 'follow-secret': followSecret, 'idempotency-key': randomKey }),
          body: ratingBody,
          response: { 200: ratingView },
        },
      },
      async (request, reply) => {
        const { params, headers, method, url, submittedBody, arrivedAt } = request
        reply.headers(await takeByAddress(limiter, limits.following, request.ip))
        const reportId = params.id
        const actor = pseudonymOf(reportId)
        const outcome = await rateReport(dependencies, {
          reportId,
          isOwn: isFollower(headers['follow-secret']),
          isAsked: asksHolder,
          rater: actor,
          request: requestKeyOf({ method, url, submittedBody, headers, actor }),
          arrivedAt,
          body: request.body,
        })
        return sendAnswer(reply, outcome)
      },
    )
  }
}
