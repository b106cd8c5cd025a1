import { z } from 'zod'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { areaChangeRoutes } from './area-change-routes.ts'
import { areaCode } from './area-code.ts'
import { findArea, type ListPolicies } from './find-area.ts'
import { areaPosition, listAreas } from './list-areas.ts'

/** No name that a person looks for is longer. */
const namePartMax = 50

const areaFields = {
  code: z.string(),
  name: z.string(),
  kind: z.enum(areaKinds),
  parentCode: z.string().nullable().meta({ description: 'null for a root' }),
  districtCode: z.string().nullable().meta({ description: 'The district on the way up; null for a city' }),
  retiredAt: instantOut.nullable().meta({ description: 'Since when nothing new happens here' }),
  successorCode: z.string().nullable().meta({ description: 'The area that took over from a retired one' }),
  successorCodes: z.array(z.string()).meta({ description: 'All of them, where it was split into several' }),
  revision: z.int().meta({ description: 'The version of the tree that last changed it, as in the ETag' }),
}

const areaView = z.object(areaFields).meta({ id: 'Area', description: 'A node of the area tree (辖区)' })

const areaNodeView = z
  .object({ code: z.string(), name: z.string(), kind: z.enum(areaKinds) })
  .meta({ id: 'AreaNode' })

const areaDetailView = z
  .object({
    ...areaFields,
    treeVersion: z.int().meta({ description: 'The version of the tree that this answer shows' }),
    ancestors: z.array(areaNodeView).meta({ description: 'From the root down to the parent' }),
    ladder: z.array(areaNodeView).meta({
      description:
        'The rungs that a promise climbs from here, by the policy for every category, lowest first',
    }),
  })
  .meta({ id: 'AreaDetail', description: 'An area, what lies above it, and its ladder' })

export interface AreaRouteDependencies extends RegistryRouteDependencies {
  readonly listPolicies: ListPolicies
}

/**
 * `/v1/areas`: the tree, for whoever is known, because it is public knowledge. Administrators change what lies within their own
 * area.
 */
export function areaRoutes({ db, readClock, countChange, listPolicies }: AreaRouteDependencies): RoutePlugin {
  return async (app) => {
    app.get(
      '/v1/areas',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'list_areas',
          summary: 'Areas by code (辖区)',
          tags: ['areas'],
          querystring: z.strictObject({
            parentCode: areaCode.optional().meta({ description: 'Only those right below this area' }),
            kind: z.enum(areaKinds).optional().meta({ description: 'Only areas of this kind' }),
            within: areaCode
              .optional()
              .meta({ description: 'Only the subtree of this area, itself included' }),
            name: z
              .string()
              .min(1)
              .max(namePartMax)
              .transform((name) => name.normalize('NFC'))
              .optional()
              .meta({ description: 'Only those whose name contains this', example: '沈家营' }),
            retired: z
              .enum(['no', 'yes', 'any'])
              .default('no')
              .meta({ description: 'Retired areas are left out unless asked for' }),
            ...pageQuery(areaPosition),
          }),
          response: { 200: pageOf(areaView) },
        },
      },
      async (request, reply) => {
        const { parentCode, kind, within, name, retired, cursor: after, limit } = request.query
        const { items, next } = await listAreas(db, { parentCode, kind, within, name, retired, after, limit })
        return answerPage(request, reply, {
          items,
          next: next === undefined ? undefined : { code: next.code },
        })
      },
    )

    app.get(
      '/v1/areas/:code',
      {
        config: { access: { roles }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_area',
          summary: 'An area with its ancestors and its ladder (辖区详情)',
          tags: ['areas'],
          params: z.strictObject({ code: areaCode }),
          response: { 200: areaDetailView },
        },
      },
      async ({ params }, reply) => {
        const area = await findArea(db, listPolicies, params.code)
        if (area === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(area.revision))
        return area
      },
    )

    await areaChangeRoutes(app, { db, readClock, countChange })
  }
}
