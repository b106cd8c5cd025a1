import type { Kysely } from 'kysely'
import { z } from 'zod'
import { goByIndexes } from '../database/go-by-indexes.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { readFeedEnd } from '../feed/read-feed.ts'
import { encodeInboxCursor } from './inbox-cursor.ts'
import { type InboxPosition, inboxKinds } from './inbox-part.ts'
import { findInboxParty } from './inbox-party.ts'
import { inboxSql } from './inbox-sql.ts'
import { type InboxItem, viewInbox } from './inbox-view.ts'

/** Postgres reads no year of more digits. */
const dueAtMax = Date.UTC(9999, 0)

/** Where a page of an inbox ends. */
export const inboxPosition = z.strictObject({
  dueAt: z.int().min(0).max(dueAtMax).nullable(),
  incidentId: z.uuid(),
  kind: z.enum(inboxKinds),
  no: z.int32().min(1),
})

/**
 * A page of what an actor's party has to do, what is due first, and where the feed stood then. Everything is of one instant, in
 * a constant number of statements.
 */
export async function listInbox(
  db: Kysely<Database>,
  actor: Actor,
  { limit, after }: { readonly limit: number; readonly after: InboxPosition | undefined },
): Promise<{ items: InboxItem[]; next: InboxPosition | undefined; feedCursor: string }> {
  return inSnapshot(db, async (trx) => {
    const { origin, end } = await readFeedEnd(trx)
    const feedCursor = encodeInboxCursor({ origin, place: end }, actor)
    const party = await findInboxParty(trx, actor)
    if (party === undefined) return { items: [], next: undefined, feedCursor }
    await goByIndexes(trx)
    const { rows } = await inboxSql(actor, party, { after, limit: limit + 1 }).execute(trx)
    const page = rows.slice(0, limit)
    const last = rows.length > limit ? page.at(-1) : undefined
    return {
      items: await viewInbox(trx, page),
      next: last && { dueAt: last.dueAt, incidentId: last.incidentId, kind: last.kind, no: last.no },
      feedCursor,
    }
  })
}
