import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { roles } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import { severities } from '../domain/policy.ts'
import { unitKinds } from '../domain/unit.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { listCategories } from './list-categories.ts'

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
  })
  .meta({ id: 'Category', description: 'What can be reported (事项)' })

/** `/v1/categories`: the whole tree at once, because a client shows it whole and an import bounds it. */
export function categoryRoutes({ db }: { readonly db: Kysely<Database> }): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/categories',
      {
        config: { access: { roles } },
        schema: {
          operationId: 'list_categories',
          summary: 'The whole tree of categories, parents before what lies below them (事项)',
          tags: ['categories'],
          response: { 200: z.object({ items: z.array(categoryView) }) },
        },
      },
      async () => ({
        items: (await listCategories(db)).map((category) => ({ ...category, path: [...category.path] })),
      }),
    )
  }
}
