import { z } from 'zod'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { languageHeaders } from '../http/read-headers.ts'
import { preferredLanguage } from '../wording/wording.ts'
import type { RegistryRouteDependencies } from './limit-changes.ts'
import {
  decidePlannedChange,
  findPlannedChange,
  listPlannedChanges,
  lockPlannedChange,
  type PlannedChange,
  plannedPosition,
  plannedStates,
} from './planned-changes.ts'
import { registryNames } from './registry.ts'

const plannedChangeView = z
  .object({
    id: z.uuid(),
    registry: z.enum(registryNames),
    keys: z.array(z.string()).meta({ description: 'Rows that it is about, the first hundred' }),
    rowCount: z.int(),
    withinCode: z.string().meta({ description: 'The area of whoever filed it' }),
    filedBy: z.string(),
    filedAt: instantOut,
    effectiveAt: instantOut,
    state: z.enum(plannedStates).meta({
      description:
        'failed: a rule refused it at its instant; lapsed: its rows were changed after it had been filed, or whoever ' +
        'filed it might not do so any more',
    }),
    decidedAt: instantOut.nullable(),
    faults: z
      .array(z.object({ line: z.int().nullable(), column: z.string().nullable(), detail: z.string() }))
      .meta({ description: 'Why it did not take effect' }),
  })
  .meta({ id: 'PlannedChange', description: 'A change of a registry that takes effect later' })

function viewOf(change: PlannedChange, language: 'zh' | 'en') {
  return {
    ...change,
    keys: [...change.keys],
    faults: change.faults.map(({ line, column, detail }) => ({
      line,
      column: column ?? null,
      detail: detail[language],
    })),
  }
}

const access = { roles: ['administrator'] } as const
const params = z.strictObject({ id: z.uuid().meta({ description: 'The id of the planned change' }) })

/** `/v1/planned-changes`: what administrators have planned for their subtree, and how it ended. */
export function plannedChangeRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/planned-changes',
      {
        config: { access },
        schema: {
          operationId: 'list_planned_changes',
          summary: 'Changes of registries that are planned, the last filed first (待生效变更)',
          tags: ['planned-changes'],
          headers: languageHeaders,
          querystring: z.strictObject({
            registry: z.enum(registryNames).optional().meta({ description: 'Only those of this registry' }),
            state: z.enum(plannedStates).optional().meta({ description: 'Only those that came to this' }),
            ...pageQuery(plannedPosition),
          }),
          response: { 200: pageOf(plannedChangeView) },
        },
      },
      async (request, reply) => {
        const { registry, state, cursor: after, limit } = request.query
        const language = preferredLanguage(request.headers['accept-language'])
        const areaCode = request.actor.areaCode ?? ''
        const { items, next } = await listPlannedChanges(db, { areaCode, registry, state, after, limit })
        return answerPage(request, reply, {
          items: items.map((item) => viewOf(item, language)),
          next: next === undefined ? undefined : { id: next.id },
        })
      },
    )

    app.get(
      '/v1/planned-changes/:id',
      {
        config: { access },
        schema: {
          operationId: 'get_planned_change',
          summary: 'One planned change (待生效变更详情)',
          tags: ['planned-changes'],
          params,
          headers: languageHeaders,
          response: { 200: plannedChangeView },
        },
      },
      async (request) => {
        const change = await findPlannedChange(db, request.actor.areaCode ?? '', request.params.id)
        if (change === undefined) throw new Problem('not_found')
        return viewOf(change, preferredLanguage(request.headers['accept-language']))
      },
    )

    app.delete(
      '/v1/planned-changes/:id',
      {
        config: {
          access,
          problems: ['planned_change_decided', 'rate_limited', 'busy'],
          answerHeaders: { 200: ['RateLimit-Policy'] },
        },
        preHandler: countChange,
        schema: {
          operationId: 'withdraw_planned_change',
          summary: 'Withdraw a change before it takes effect (撤回变更)',
          tags: ['planned-changes'],
          params,
          headers: languageHeaders,
          response: { 200: plannedChangeView },
        },
      },
      async (request) => {
        const { id } = request.params
        const { actor } = request
        const areaCode = actor.areaCode ?? ''
        const known = await findPlannedChange(db, areaCode, id)
        if (known === undefined) throw new Problem('not_found')
        const withdrawn = await inTransaction(db, async (trx) => {
          const stream = await lockRegistryStream(trx, known.registry, readClock)
          if ((await lockPlannedChange(trx, id)) !== undefined) {
            await decidePlannedChange(trx, id, { state: 'withdrawn', at: stream.now })
            const type = `${known.registry}_change_withdrawn`
            const event = { type, at: stream.now, actor, plannedChange: id }
            await stream.append([event])
          }
          return findPlannedChange(trx, areaCode, id)
        })
        // Withdrawn twice is withdrawn once.
        if (withdrawn?.state !== 'withdrawn') throw new Problem('planned_change_decided')
        return viewOf(withdrawn, preferredLanguage(request.headers['accept-language']))
      },
    )
  }
}
