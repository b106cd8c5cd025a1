import { type Kysely, sql } from 'kysely'
import { createBoardRounds } from '../../src/board/refresh-board.ts'
import type { Database } from '../../src/database/schema.ts'
import { eventually } from '../queues/eventually.ts'

/** Brings the board and the search up to everything that has been committed by now. */
export async function followEvents(db: Kysely<Database>, eventsMax = 500): Promise<void> {
  const round = createBoardRounds(db, { eventsMax })
  while ((await round()) === 'more');
}

/**
 * Waits, too, until nothing of it may be followed again: until no transaction on the server, of whatever test, is older. Before
 * that `whistle doctor` says nothing of what was followed.
 */
export async function followEventsForGood(db: Kysely<Database>): Promise<void> {
  const tookMs = await eventually(async () => {
    await followEvents(db)
    const { rows } = await sql<{ behind: boolean }>`
      select exists (select from events where commit_order >= position) as behind from board_progress`.execute(
      db,
    )
    return rows[0]?.behind === false
  }, 20_000)
  if (tookMs === Number.POSITIVE_INFINITY) throw new Error('The board has been held up for 20 s')
}
