import type { Kysely } from 'kysely'
import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import type { Database } from '../database/schema.ts'
import { roles } from '../domain/actor.ts'
import { unitKinds } from '../domain/unit.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { listUnits, unitPosition } from './list-units.ts'

const unitView = z
  .object({
    code: z.string(),
    name: z.string(),
    kind: z.enum(unitKinds),
    areaCode: z.string().meta({ description: 'The top of the subtree that it serves' }),
    categoryCodes: z
      .array(z.string())
      .nullable()
      .meta({ description: 'The categories that it serves, each with everything below; null: all' }),
    retired: z.boolean().meta({ description: 'It is there for history only and cannot be called' }),
  })
  .meta({ id: 'Unit', description: 'An organisation that can be whistled (单位)' })

/** `/v1/units`: who can be whistled, for whoever is known. */
export function unitRoutes({ db }: { readonly db: Kysely<Database> }): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/units',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'list_units',
          summary: 'Units by code (单位)',
          tags: ['units'],
          querystring: z.strictObject({
            areaCode: areaCode.optional().meta({ description: 'Only units that serve this area' }),
            kind: z.enum(unitKinds).optional(),
            ...pageQuery(unitPosition),
          }),
          response: { 200: pageOf(unitView) },
        },
      },
      async (request, reply) => {
        const { areaCode, kind, cursor: after, limit } = request.query
        const { items, next } = await listUnits(db, { areaCode, kind, after, limit })
        return answerPage(request, reply, {
          items: items.map((unit) => ({
            ...unit,
            categoryCodes: unit.categoryCodes && [...unit.categoryCodes],
          })),
          next: next === undefined ? undefined : { code: next.code },
        })
      },
    )
  }
}
