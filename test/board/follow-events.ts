import type { Kysely } from 'kysely'
import { createBoardRounds } from '../../src/board/refresh-board.ts'
import type { Database } from '../../src/database/schema.ts'

/** Brings the board and the search up to everything that has been committed by now. */
export async function followEvents(db: Kysely<Database>, eventsMax = 500): Promise<void> {
  const round = createBoardRounds(db, { eventsMax })
  while ((await round()) === 'more');
}
