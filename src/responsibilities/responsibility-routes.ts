import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { incidentReaders } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantIn, instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { personSubject } from '../people/person-file.ts'
import { historyRoute } from '../registry/history-routes.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { changeRoutes } from '../registry/registry-routes.ts'
import { unitCode } from '../units/unit-file.ts'
import { findResponsibility, listResponsibilities, responsibilityPosition } from './list-responsibilities.ts'
import { responsibilityBody, responsibilityCode } from './responsibility-file.ts'
import { responsibilityRegistry } from './responsibility-registry.ts'

const responsibilityView = z
  .object({
    code: z.string(),
    areaCode: z.string(),
    unitCode: z.string().nullable(),
    unitName: z.string().nullable(),
    personSubject: z.string().nullable(),
    validFrom: instantOut,
    validUntil: instantOut.nullable(),
    retiredAt: instantOut.nullable().meta({ description: 'When it was ended before its time' }),
    revision: z.int().meta({ description: 'As in the ETag' }),
  })
  .meta({ id: 'Responsibility', description: 'Which unit or person answers for an area, and when (包联)' })

const named = {
  singular: 'responsibility',
  titles: { one: 'a responsibility', all: 'responsibilities', zh: '包联', retireZh: '解除' },
  key: responsibilityCode,
} as const

/** `/v1/responsibilities`: who answers for an area, at any instant. */
export function responsibilityRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return async (app) => {
    app.get(
      '/v1/responsibilities',
      {
        config: { access: { roles: incidentReaders } },
        schema: {
          operationId: 'list_responsibilities',
          summary: 'Who answers for an area, now or at any instant (包联)',
          tags: ['responsibilities'],
          querystring: z.strictObject({
            areaCode: areaCode.optional().meta({
              description:
                'For this area: its own, and those of the areas that it lies in as the tree stands',
            }),
            unitCode: unitCode.optional().meta({ description: 'Only those of this unit' }),
            personSubject: personSubject.optional().meta({ description: 'Only those of this person' }),
            at: instantIn.optional().meta({
              description: 'Only those that held at this instant; left out: all that ever were',
              example: '2026-11-20T09:00:00+08:00',
            }),
            ...pageQuery(responsibilityPosition),
          }),
          response: { 200: pageOf(responsibilityView) },
        },
      },
      async (request, reply) => {
        const { cursor: after, areaCode, unitCode, personSubject, at, limit } = request.query
        const query = { areaCode, unitCode, personSubject, at, after, limit }
        const { items, next } = await listResponsibilities(db, query)
        return answerPage(request, reply, {
          items,
          next: next === undefined ? undefined : { code: next.code },
        })
      },
    )

    app.get(
      '/v1/responsibilities/:code',
      {
        config: { access: { roles: incidentReaders }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_responsibility',
          summary: 'One responsibility (包联详情)',
          tags: ['responsibilities'],
          params: z.strictObject({ code: responsibilityCode }),
          response: { 200: responsibilityView },
        },
      },
      async (request, reply) => {
        const responsibility = await findResponsibility(db, request.params.code)
        if (responsibility === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(responsibility.revision))
        return responsibility
      },
    )

    historyRoute(app, {
      db,
      registry: responsibilityRegistry,
      ...named,
      readers: [...incidentReaders],
    })
    await changeRoutes(app, {
      db,
      readClock,
      countChange,
      registry: responsibilityRegistry,
      ...named,
      body: responsibilityBody,
      rowOf: (code: string, body: z.output<typeof responsibilityBody>) => ({ ...body, code }),
    })
  }
}
