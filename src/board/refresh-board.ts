import { type Kysely, sql, type Transaction } from 'kysely'
import { goByIndexes } from '../database/go-by-indexes.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { indexTexts } from '../search/index-texts.ts'
import { recountBoard } from './board-counts.ts'
import { refreshCases } from './refresh-cases.ts'

const firstId = '00000000-0000-0000-0000-000000000000'
const incidentStream = 'incident/'
/**
 * So many events are remembered and looked at again while a transaction holds them up, such as a large import: some hundredths
 * of a second. What comes after them waits until it has ended.
 */
const rememberedMax = 20_000

/** How far the board has come. */
interface Progress {
  /** The order of the feed counts in this very cluster. */
  readonly same: boolean
  readonly position: string
  readonly remade_after: string | null
  /** Everything below it is there to stay. */
  readonly settled: string
}

/** `more`: another round goes on at once. `held_up`: what is left waits for the end of a transaction that still runs. */
export type RoundEnd = 'complete' | 'more' | 'held_up'

/**
 * Makes rounds that bring the board and the search up to the events, each as far as one transaction should go. Nothing that
 * writes a case waits for them, and a round that never came, or came twice, does no harm: a row is made of the tables as they
 * stand.
 *
 * Events are read in the order of the feed (migrations/0012-feed-and-inbox.sql): what is below the oldest transaction that
 * still runs is behind us for good; what has been committed above it is followed already, and looked for again by the next
 * round. Where that order means nothing, because there is none yet, the database was restored, or one transaction wrote more
 * than can be remembered, all cases are gone through by their ids.
 *
 * @param limits how many events a round follows at the most, and how many are followed that a transaction holds up
 */
export function createBoardRounds(
  db: Kysely<Database>,
  { eventsMax, aheadMax = rememberedMax }: { readonly eventsMax: number; readonly aheadMax?: number },
): () => Promise<RoundEnd> {
  /** What was followed and is not behind us for good: an event of a transaction that is larger than a round, or held up. */
  let followed: ReadonlySet<string> = new Set()
  return async () => {
    if (!(await isBehind(db))) return 'complete'
    const { end, ahead } = await inTransaction(db, async (trx) => {
      const { rows } = await sql<Progress>`
        select origin = feed_origin() as same, position::text, remade_after::text,
          pg_snapshot_xmin(pg_current_snapshot())::text as settled
        from board_progress for no key update`.execute(trx)
      const [progress] = rows
      if (progress === undefined) throw new Error('The board has no progress')
      const limit = eventsMax + Math.min(followed.size, aheadMax)
      const changed = progress.same ? await changedCases(trx, progress, limit, followed) : undefined
      const remadeAfter = changed === undefined ? firstId : progress.remade_after
      if (changed === undefined) await recountBoard(trx)
      const remade = remadeAfter === null ? [] : await casesAfter(trx, remadeAfter, eventsMax)
      const ids = [...new Set([...(changed?.ids ?? []), ...remade])]
      await goByIndexes(trx)
      await refreshCases(trx, ids)
      await indexTexts(trx, [...new Set([...(changed?.textIds ?? []), ...remade])])
      const remaining = remade.length < eventsMax ? null : (remade.at(-1) ?? null)
      await sql`
        update board_progress set origin = feed_origin(), position = ${changed?.position ?? progress.settled}::bigint,
          remade_after = ${remaining}::uuid`.execute(trx)
      const end: RoundEnd = remaining === null ? (changed?.end ?? 'complete') : 'more'
      return { end, ahead: changed?.ahead ?? [] }
    })
    followed = new Set(ahead)
    return end
  }
}

/** Whether there is something to do, told without a lock and without a number of a transaction. */
async function isBehind(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await behindSql.execute(db)
  return rows[0]?.behind ?? false
}

/**
 * By the last event of all, and not by whether there is one behind the position: to look for that, Postgres would read all
 * events wherever there is none, because it does not know the position and takes a third of them to be behind it.
 */
export const behindSql = sql<{ behind: boolean | null }>`
  select origin <> feed_origin() or remade_after is not null
    or (select commit_order from events order by commit_order desc limit 1) >= position as behind
  from board_progress`

interface ChangedCases {
  readonly ids: readonly string[]
  /** Those in which something was said, perhaps: in a breach, nothing is. */
  readonly textIds: readonly string[]
  readonly position: string
  readonly end: RoundEnd
  /** What has been followed and is not behind us for good. */
  readonly ahead: readonly string[]
}

/**
 * The cases of the next events. Those of a large transaction are followed in parts, and its place is left only when none is
 * left over; nothing where it wrote more than can be remembered.
 */
async function changedCases(
  trx: Transaction<Database>,
  { position, settled }: Progress,
  limit: number,
  followed: ReadonlySet<string>,
): Promise<ChangedCases | undefined> {
  const { rows } = await sql<{ order: string; stream: string; seq: number; type: string }>`
    select commit_order::text as order, stream, seq, type from events where commit_order >= ${position}::bigint
    order by commit_order limit ${limit + 1}`.execute(trx)
  const read = rows.slice(0, limit)
  const rest = rows[limit]?.order
  const isHeldUp = rest === undefined || BigInt(rest) >= BigInt(settled)
  const reached = isHeldUp ? settled : rest
  const name = ({ stream, seq }: { stream: string; seq: number }) => `${stream} ${seq}`
  const unknown = read.filter((event) => !followed.has(name(event)))
  const ofCases = unknown.filter(({ stream }) => stream.startsWith(incidentStream))
  const idOf = ({ stream }: { stream: string }) => stream.slice(incidentStream.length)
  const isStuck = rest !== undefined && unknown.length === 0 && reached === position
  if (isStuck && !isHeldUp) return undefined
  return {
    ids: ofCases.map(idOf),
    textIds: ofCases.filter(({ type }) => type !== 'deadline_breached').map(idOf),
    position: reached,
    end: rest === undefined ? 'complete' : isStuck ? 'held_up' : 'more',
    ahead: read.filter(({ order }) => BigInt(order) >= BigInt(reached)).map(name),
  }
}

async function casesAfter(trx: Transaction<Database>, after: string, limit: number): Promise<string[]> {
  const rows = await trx
    .selectFrom('incidents')
    .select('id')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}
