import { type Kysely, sql } from 'kysely'
import { refreshCases } from '../src/board/refresh-cases.ts'
import type { Database } from '../src/database/schema.ts'
import { openStates } from '../src/domain/incident-state.ts'
import { indexTexts } from '../src/search/index-texts.ts'

/** Cases of one transaction: a statement may take 5 s. */
const casesAtOnce = 5_000

/**
 * Makes the board of a populated database: what its rounds would come to, without going through a million ended cases, whose
 * texts have been made findable with their other rows.
 *
 * @returns how many cases stand on the board
 */
export async function populateBoard(db: Kysely<Database>): Promise<number> {
  const open = await db
    .selectFrom('incidents')
    .select('id')
    .where('state', 'in', [...openStates])
    .orderBy('id')
    .execute()
  const ids = open.map(({ id }) => id)
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
  return ids.length
}
