import type { Kysely } from 'kysely'
import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { categoryCode } from '../categories/category-code.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { promiseKinds } from '../domain/deadline.ts'
import { openStates } from '../domain/incident-state.ts'
import { incidentReaders } from '../domain/permissions.ts'
import { severities } from '../domain/policy.ts'
import { isKnownContent } from '../http/content-tag.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageQuery } from '../http/paging.ts'
import { knownHeaders } from '../http/read-headers.ts'
import { findCases } from '../search/find-cases.ts'
import { searchTerms } from '../search/search-terms.ts'
import { unitCode } from '../units/unit-file.ts'
import { countBoard } from './board-counts.ts'
import { boardPosition, standings } from './board-page.ts'
import { findBoardScope } from './board-scope.ts'
import { boardView } from './board-view.ts'
import { findAssigned } from './find-assigned.ts'
import { readBoard } from './read-board.ts'
import { createBoardRounds } from './refresh-board.ts'
import { refreshTogether } from './refresh-together.ts'
import { subcategories } from './subcategories.ts'

/** What whoever looks works off first; the rounds of the notice worker do the rest. */
const eventsPerLook = 200

const boardQuery = z.strictObject({
  ...pageQuery(boardPosition),
  areaCode: areaCode
    .optional()
    .meta({ description: 'The subtree; all that the caller may see unless given' }),
  state: z.enum(openStates).optional().meta({ description: 'Only cases in this state' }),
  promise: z.enum(promiseKinds).optional().meta({ description: 'Whose next promise is this one' }),
  rung: z.enum(areaKinds).optional().meta({ description: 'Whose next promise stands at this rung' }),
  standing: z.enum(standings).optional().meta({ description: 'paused shows what is put aside (挂账)' }),
  redList: z
    .enum(['true', 'false'])
    .transform((asked) => asked === 'true')
    .optional()
    .meta({ description: 'Only what is on the red list (红灯), or only what is not' }),
  severity: z.enum(severities).optional().meta({ description: 'Only cases of this severity' }),
  unitCode: unitCode.optional().meta({ description: 'Only what is assigned to this unit now' }),
  categoryCode: categoryCode.optional().meta({ description: 'Of this category and those below it' }),
  q: searchTerms.optional().meta({
    description: 'Terms that must all occur in descriptions, addresses or remarks (全文检索)',
    example: '消防通道 黄石大道',
  }),
})

export interface BoardRouteDependencies {
  readonly db: Kysely<Database>
}

/** `GET /v1/board`: what a desk has to see to, the most urgent first. */
export function boardRoutes({ db }: BoardRouteDependencies): RoutePlugin {
  const refresh = refreshTogether(createBoardRounds(db, { eventsMax: eventsPerLook }))
  return (app) => {
    app.get(
      '/v1/board',
      {
        config: { access: { roles: incidentReaders }, answerHeaders: { 200: ['ETag'] } },
        schema: {
          operationId: 'get_board',
          summary: "A desk's open cases, the most urgent first (看板)",
          description:
            'What runs out next comes first; then what was broken at the top of the ladder, what is paused, and what is owed ' +
            'nothing any more. An ETag comes with it: with If-None-Match, an answer that would be the same is 304.',
          tags: ['board'],
          headers: knownHeaders,
          querystring: boardQuery,
          response: {
            200: boardView,
            304: { description: 'The board is as the client knows it, under the same ETag' },
          },
        },
      },
      async (request, reply) => {
        const {
          limit,
          cursor,
          areaCode: area,
          categoryCode: category,
          unitCode: unit,
          q,
          ...asked
        } = request.query
        const complete = (await refresh()) === 'complete'
        const found = await inSnapshot(db, async (trx) => {
          const scope = await findBoardScope(trx, request.actor, area)
          const categoryCodes = category === undefined ? undefined : await subcategories(trx, category)
          const among = [
            ...(q === undefined ? [] : [await findCases(trx, q, scope.districts)]),
            ...(unit === undefined ? [] : [await findAssigned(trx, unit)]),
          ]
          const filter = { ...asked, categoryCodes, among }
          const page = await readBoard(trx, { scope, filter, after: cursor, limit })
          return { page, counts: await countBoard(trx, scope) }
        })
        const body = { ...answerPage(request, reply, found.page), counts: found.counts, complete }
        reply.header('cache-control', 'private, no-cache')
        return isKnownContent(request, reply, body) ? reply.code(304).send() : body
      },
    )
  }
}
