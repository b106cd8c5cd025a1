import { z } from 'zod'
import { roles } from '../domain/actor.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { createHeaders } from '../http/write-headers.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { sendAnswer } from '../idempotency/send-answer.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { findPolicy, listPolicies, policyPosition } from './list-policies.ts'
import { policyCode, policyFields } from './policy-fields.ts'
import { policyView } from './policy-view.ts'
import { submitPolicy } from './submit-policy.ts'

/** `/v1/policies`: everyone who is known may read what binds them, administrators make new versions, nobody edits. */
export function policyRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/policies',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'list_policies',
          summary: 'The newest version of each policy, or every version of one (时限规则)',
          tags: ['policies'],
          querystring: z.strictObject({
            code: policyCode
              .optional()
              .meta({ description: 'Every version of this policy, the newest first' }),
            ...pageQuery(policyPosition),
          }),
          response: { 200: pageOf(policyView) },
        },
      },
      async (request, reply) => {
        const { code, cursor: after, limit } = request.query
        const { items, next } = await listPolicies(db, { code, after, limit })
        return answerPage(request, reply, {
          items,
          next: next === undefined ? undefined : { code: next.code, version: next.version },
        })
      },
    )

    app.get(
      '/v1/policies/:id',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'get_policy',
          summary: 'One version of a policy (时限规则版本)',
          tags: ['policies'],
          params: z.strictObject({ id: z.uuid().meta({ description: 'The id of the version' }) }),
          response: { 200: policyView },
        },
      },
      async ({ params }) => {
        const policy = await findPolicy(db, params.id)
        if (policy === undefined) throw new Problem('not_found')
        return policy
      },
    )

    app.post(
      '/v1/policies',
      {
        config: {
          access: { roles: ['administrator'] },
          problems: [
            'not_your_area',
            'area_not_found',
            'category_not_found',
            'change_refused',
            'idempotency_key_reused',
            'rate_limited',
            'busy',
          ],
          answerHeaders: { 201: ['Location', 'RateLimit-Policy'] },
        },
        preHandler: countChange,
        schema: {
          operationId: 'create_policy_version',
          summary: 'Make a new policy, or a new version of one (制定时限规则)',
          description:
            'A version is never edited. New incidents get the newest version of each code, unless it is disabled; of several ' +
            'that fit, the one for the deepest area applies, then the deepest category, then a named severity. Incidents ' +
            'that are under way keep their version.',
          tags: ['policies'],
          headers: createHeaders,
          body: policyFields,
          response: { 201: policyView },
        },
      },
      async (request, reply) => {
        const { actor, body: fields } = request
        const submission = { actor, request: requestKeyOf(request), fields }
        return sendAnswer(reply, await submitPolicy({ db, readClock }, submission))
      },
    )
  }
}
