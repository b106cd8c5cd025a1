import { type Kysely, sql } from 'kysely'
import { createBoardRounds } from '../src/board/refresh-board.ts'
import { refreshCases } from '../src/board/refresh-cases.ts'
import type { Database } from '../src/database/schema.ts'
import { openStates } from '../src/domain/incident-state.ts'
import { indexTexts } from '../src/search/index-texts.ts'

/** Cases of one transaction: a statement may take 5 s. */
const casesAtOnce = 5_000

/** The cases that stand on the board. */
export async function findOpenCases(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('incidents')
    .select('id')
    .where('state', 'in', [...openStates])
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Brings the board up to what was written before more is populated. */
export async function followBoard(db: Kysely<Database>): Promise<void> {
  const round = createBoardRounds(db, { eventsMax: casesAtOnce })
  while ((await round()) === 'more');
}

/**
 * Puts populated cases on the board, where they would have come one by one, and takes everything for followed: rounds would go
 * through a million ended cases, whose texts have been made findable with their other rows.
 */
export async function populateBoard(db: Kysely<Database>, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += casesAtOnce) {
    const some = ids.slice(from, from + casesAtOnce)
    await db.transaction().execute(async (trx) => {
      await refreshCases(trx, some)
      await indexTexts(trx, some)
    })
  }
  await sql`
    update board_progress set origin = feed_origin(), remade_after = null,
      position = pg_snapshot_xmax(pg_current_snapshot())::text::bigint`.execute(db)
}
