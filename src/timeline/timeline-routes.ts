import type { Kysely } from 'kysely'
import { z } from 'zod'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { incidentReaders } from '../domain/permissions.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { Problem } from '../http/problems/problem.ts'
import { languageHeaders } from '../http/read-headers.ts'
import { loadVisible } from '../incidents/load-visible.ts'
import { readEvents, readNotes } from '../incidents/read-events.ts'
import { incidentPath } from '../incidents/request-fields.ts'
import { type Language, preferredLanguage } from '../wording/wording.ts'
import { readTellings } from './read-tellings.ts'
import { timelineEntry, viewTimelineEntry } from './timeline-view.ts'

interface TimelineQuery {
  readonly incidentId: string
  readonly actor: Actor
  readonly language: Language
  readonly afterSeq: number
  readonly limit: number
}

/**
 * A page of an incident's timeline, oldest first: a dozen statements at most, whatever the page's length.
 *
 * @returns the entries, and the number of the last one where more follow
 * @throws Problem `not_found` for an incident that the actor may not see
 */
async function readTimeline(
  db: Kysely<Database>,
  { incidentId, actor, language, afterSeq, limit }: TimelineQuery,
): Promise<{ items: z.input<typeof timelineEntry>[]; next: number | undefined }> {
  return inSnapshot(db, async (trx) => {
    const stored = await loadVisible(trx, incidentId, actor)
    if (stored === undefined) throw new Problem('not_found')
    const found = await readEvents(trx, incidentId, { afterSeq, limit: limit + 1 })
    const events = found.slice(0, limit)
    const notes = await readNotes(trx, incidentId, events)
    const { incident } = stored
    const tellingOf = await readTellings(
      trx,
      [incident],
      events.map(({ event }) => event),
    )
    return {
      items: events.map((event) =>
        viewTimelineEntry(event, { ...tellingOf(incident, event.seq), language, notes }),
      ),
      next: found.length > limit ? events.at(-1)?.seq : undefined,
    }
  })
}

/** `GET /v1/incidents/{id}/timeline`. */
export function timelineRoutes({ db }: { readonly db: Kysely<Database> }): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/incidents/:id/timeline',
      {
        config: { access: { roles: incidentReaders } },
        schema: {
          operationId: 'list_timeline',
          summary: 'Everything that happened to an incident, oldest first (经过)',
          tags: ['incidents'],
          params: incidentPath,
          headers: languageHeaders,
          querystring: z.strictObject(pageQuery(z.int32().min(1))),
          response: { 200: pageOf(timelineEntry) },
        },
      },
      async (request, reply) => {
        const { params, query, actor, headers } = request
        const page = await readTimeline(db, {
          incidentId: params.id,
          actor,
          language: preferredLanguage(headers['accept-language']),
          afterSeq: query.cursor ?? 0,
          limit: query.limit,
        })
        return answerPage(request, reply, page)
      },
    )
  }
}
