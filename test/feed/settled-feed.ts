import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import { type FeedEnd, readFeedEnd } from '../../src/feed/read-feed.ts'

/**
 * Where the feed ends once everything in it is told that has been written so far. Whatever else runs on the server of the
 * tests may hold the feed back for a while.
 */
export async function settledFeed(db: Kysely<Database>): Promise<FeedEnd> {
  const { rows } = await sql<{ last: number | null }>`select max(commit_order) as last from events`.execute(
    db,
  )
  for (;;) {
    const end = await readFeedEnd(db)
    if (end.end.order > (rows[0]?.last ?? 0)) return end
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
