import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import { incidentReaders } from '../domain/permissions.ts'
import { feedCursorText } from '../feed/feed-cursor.ts'
import { isKnownContent } from '../http/content-tag.ts'
import type { RoutePlugin } from '../http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../http/paging.ts'
import { knownHeaders } from '../http/read-headers.ts'
import { readInboxChanges } from './inbox-changes.ts'
import { decodeInboxCursor } from './inbox-cursor.ts'
import { inboxItem } from './inbox-view.ts'
import { inboxPosition, listInbox } from './list-inbox.ts'

const feedCursor = feedCursorText.meta({
  description: 'What changes afterwards is told by /v1/inbox/changes; take that of the first page',
})

/** `GET /v1/inbox` and what has changed in it since. */
export function inboxRoutes({ db }: { readonly db: Kysely<Database> }): RoutePlugin {
  return (app) => {
    app.get(
      '/v1/inbox',
      {
        config: {
          access: { roles: incidentReaders },
          problems: ['not_ready'],
          answerHeaders: { 200: ['ETag', 'Feed-Cursor'] },
        },
        schema: {
          operationId: 'list_inbox',
          summary: "What the caller's area or unit has to do now, by due time (待办)",
          tags: ['inbox'],
          headers: knownHeaders,
          querystring: z.strictObject(pageQuery(inboxPosition)),
          response: {
            200: pageOf(inboxItem).extend({ feedCursor }).meta({ description: 'One page of the inbox' }),
            304: {
              description:
                'The inbox is as the client knows it, under the same ETag; Feed-Cursor says where to go on from now',
            },
          },
        },
      },
      async (request, reply) => {
        const { limit, cursor } = request.query
        const { items, next, feedCursor } = await listInbox(db, request.actor, { limit, after: cursor })
        const page = answerPage(request, reply, { items, next })
        // No cache may keep it: one that asked again by itself would show what it holds, with a cursor that has expired long since.
        reply.header('feed-cursor', feedCursor)
        return isKnownContent(request, reply, page) ? reply.code(304).send() : { ...page, feedCursor }
      },
    )

    app.get(
      '/v1/inbox/changes',
      {
        config: { access: { roles: incidentReaders }, problems: ['cursor_expired', 'not_ready'] },
        schema: {
          operationId: 'list_inbox_changes',
          summary: 'What has changed in the inbox since a cursor (待办增量)',
          tags: ['inbox'],
          querystring: z.strictObject({
            since: z.string().min(1).max(500).meta({ description: 'feedCursor of the answer before' }),
          }),
          response: {
            200: z
              .object({
                items: z.array(inboxItem).meta({ description: 'New, or changed' }),
                gone: z.array(z.string()).meta({
                  description: 'Ids of what is not there any more; some may be unknown to the client',
                }),
                feedCursor: feedCursorText.meta({ description: 'since of the next request' }),
              })
              .meta({ description: 'What has changed, and where to go on' }),
          },
        },
      },
      async ({ query, actor }) => readInboxChanges(db, actor, decodeInboxCursor(query.since, actor)),
    )
  }
}
