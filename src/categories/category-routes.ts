import { z } from 'zod'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
import { unitKinds } from '../domain/unit.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { instantOut } from '../http/instant-schema.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import { historyRoute } from '../registry/history-routes.ts'
import type { RegistryRouteDependencies } from '../registry/limit-changes.ts'
import { changeRoutes } from '../registry/registry-routes.ts'
import { categoryCode } from './category-code.ts'
import { categoryFacts } from './category-file.ts'
import { categoryRegistry } from './category-registry.ts'
import { findCategory, listCategories, type RevisedCategory } from './list-categories.ts'

const categoryView = z
  .object({
    code: z.string(),
    parentCode: z.string().nullable().meta({ description: 'null for a root' }),
    path: z.array(z.string()).meta({ description: 'Codes from the root down to the category itself' }),
    nameZh: z.string(),
    nameEn: z.string(),
    severity: z.enum(severities).meta({ description: 'What an incident of this category has by default' }),
    unitKind: z.enum(unitKinds).meta({ description: 'The kind of unit that is competent for it' }),
    admittedFrom: z
      .enum(areaKinds)
      .meta({ description: 'The lowest kind of area that may be made to carry it (准入)' }),
    retiredAt: instantOut.nullable().meta({ description: 'Since when nothing new is reported under it' }),
    revision: z.int().meta({ description: 'As in the ETag' }),
  })
  .meta({ id: 'Category', description: 'What can be reported (事项)' })

const viewOf = ({ retired: _retired, ...category }: RevisedCategory) => ({
  ...category,
  path: [...category.path],
})

const categoryBody = categoryFacts
  .omit({ code: true, path: true, retired: true })
  .meta({ id: 'CategoryChange' })

const named = {
  singular: 'category',
  titles: { one: 'a category', all: 'categories', zh: '事项', retireZh: '停用' },
  key: categoryCode,
} as const

/** `/v1/categories`: the whole tree at once, because a client shows it whole and its size is bounded. */
export function categoryRoutes({ db, readClock, countChange }: RegistryRouteDependencies): RoutePlugin {
  return async (app) => {
    app.get(
      '/v1/categories',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'list_categories',
          summary: 'The whole tree of categories, parents before what lies below them (事项)',
          tags: ['categories'],
          response: {
            200: z.object({ items: z.array(categoryView) }).meta({ description: 'All of them' }),
          },
        },
      },
      async () => ({ items: (await listCategories(db)).map(viewOf) }),
    )

    app.get(
      '/v1/categories/:code',
      {
        config: { access: { roles }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_category',
          summary: 'One category (事项详情)',
          tags: ['categories'],
          params: z.strictObject({ code: categoryCode }),
          response: { 200: categoryView },
        },
      },
      async (request, reply) => {
        const category = await findCategory(db, request.params.code)
        if (category === undefined) throw new Problem('not_found')
        reply.header('etag', entityTag(category.revision))
        return viewOf(category)
      },
    )

    historyRoute(app, {
      db,
      registry: categoryRegistry,
      ...named,
      readers: [...roles],
    })
    await changeRoutes(app, {
      db,
      readClock,
      countChange,
      registry: categoryRegistry,
      ...named,
      body: categoryBody,
      rowOf: (code: string, body: z.output<typeof categoryBody>) => ({ ...body, code }),
    })
  }
}
