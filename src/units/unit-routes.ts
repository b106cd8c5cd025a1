import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { roles } from '../domain/actor.ts'
import { unitKinds } from '../domain/unit.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { historyRoute } from '../registry/history-routes.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { changeRoutes } from '../registry/registry-routes.ts'
import { skillQuery } from '../registry/skills.ts'
import { findUnit, listUnits, type RevisedUnit, unitPosition } from './list-units.ts'
import { unitCode, unitFacts } from './unit-file.ts'
import { unitRegistry } from './unit-registry.ts'

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
    skills: z.array(z.string()).meta({ description: 'What it can do, as a volunteer team says of itself' }),
    retiredAt: instantOut.nullable().meta({ description: 'Since when it cannot be called any more' }),
    revision: z.int().meta({ description: 'As in the ETag' }),
  })
  .meta({ id: 'Unit', description: 'An organisation that can be whistled (单位)' })

const viewOf = (unit: RevisedUnit) => ({
  ...unit,
  categoryCodes: unit.categoryCodes && [...unit.categoryCodes],
  skills: [...unit.skills],
})

const unitBody = unitFacts
  .omit({ code: true, retired: true })
  .extend({ skills: unitFacts.shape.skills.default([]) })
  .meta({ id: 'UnitChange' })

const named = {
  singular: 'unit',
  titles: { one: 'a unit', all: 'units', zh: '单位', retireZh: '撤销' },
  key: unitCode,
} as const

/** `/v1/units`: who can be whistled, for whoever is known; administrators keep those of their own subtree. */
export function unitRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return async (app) => {
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
            within: areaCode
              .optional()
              .meta({ description: 'Only units of the subtree of this area, itself included' }),
            kind: z.enum(unitKinds).optional().meta({ description: 'Only units of this kind' }),
            categoryCode: z
              .string()
              .max(64)
              .optional()
              .meta({ description: 'Only units that serve this category' }),
            skill: skillQuery,
            retired: z
              .enum(['no', 'yes', 'any'])
              .default('no')
              .meta({ description: 'Retired units are left out unless asked for' }),
            ...pageQuery(unitPosition),
          }),
          response: { 200: pageOf(unitView) },
        },
      },
      async (request, reply) => {
        const { cursor: after, areaCode, within, kind, categoryCode, skill, retired, limit } = request.query
        const query = { areaCode, within, kind, categoryCode, skill, retired, after, limit }
        const { items, next } = await listUnits(db, query)
        return answerPage(request, reply, {
          items: items.map(viewOf),
          next: next === undefined ? undefined : { code: next.code },
        })
      },
    )

    app.get(
      '/v1/units/:code',
      {
        config: { access: { roles }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_unit',
          summary: 'One unit (单位详情)',
          tags: ['units'],
          params: z.strictObject({ code: unitCode }),
          response: { 200: unitView },
        },
      },
      async (request, reply) => {
        const unit = await findUnit(db, request.params.code)
        if (unit === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(unit.revision))
        return viewOf(unit)
      },
    )

    historyRoute(app, { db, registry: unitRegistry, ...named, readers: [...roles] })
    await changeRoutes(app, {
      db,
      readClock,
      countChange,
      registry: unitRegistry,
      ...named,
      body: unitBody,
      rowOf: (code: string, body: z.output<typeof unitBody>) => ({ ...body, code }),
    })
  }
}
