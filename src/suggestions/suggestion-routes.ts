import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { commandRoles } from '../domain/permissions.ts'
import { unitKinds } from '../domain/unit.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { Problem } from '../http/problems/problem.ts'
import { incidentPath } from '../incidents/request-fields.ts'
import { suggestUnits } from './suggest-units.ts'

const area = z.object({ code: z.string(), name: z.string() })

const suggestedUnit = z
  .object({
    code: z.string(),
    name: z.string(),
    kind: z.enum(unitKinds),
    skills: z.array(z.string()).meta({ description: 'What it can do, as a volunteer team says of itself' }),
    competentKind: z.boolean().meta({ description: 'Of the kind that is competent for the category' }),
    namesCategory: z.boolean().meta({
      description: 'Serves the category by name, not just because it serves all',
    }),
    area: area.meta({ description: 'The top of what it serves' }),
    responsibleFor: area
      .nullable()
      .meta({ description: 'The lowest area around the case that it answers for now (包联)' }),
    isAssigned: z
      .boolean()
      .meta({ description: 'At work on the case already, so it cannot be called again' }),
  })
  .meta({ id: 'SuggestedUnit', description: 'A unit that may be whistled to a case, and why (建议单位)' })

/** Whom a dispatcher may whistle to a case. */
export function suggestionRoutes(dependencies: {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/incidents/:id/units',
      {
        config: { access: { roles: commandRoles.whistle } },
        schema: {
          operationId: 'suggest_units',
          summary:
            'The units that the caller’s area may whistle to a case, the most suitable first (建议单位)',
          description:
            'Units that serve the area and the category of the case and are of a kind that its policy lets the caller’s area whistle: ' +
            'the competent kind first, then who answers for the place (包联), who serves the category by name, and who serves ' +
            'the smaller area.',
          tags: ['incidents'],
          params: incidentPath,
          response: {
            200: z
              .object({ items: z.array(suggestedUnit) })
              .meta({ description: 'The most suitable of them' }),
          },
        },
      },
      async ({ params, actor }) => {
        const found = await suggestUnits(dependencies, params.id, actor)
        if (found === undefined) throw new Problem('not_found')
        return {
          items: found.map(({ unit: { code, name, kind, skills }, ...why }) => ({
            code,
            name,
            kind,
            skills: [...skills],
            ...why,
          })),
        }
      },
    )
  }
}
