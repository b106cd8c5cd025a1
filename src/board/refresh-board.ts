import { type Kysely, sql, type Transaction } from 'kysely'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { indexTexts } from '../search/index-texts.ts'
import { refreshCases } from './refresh-cases.ts'

const firstId = '00000000-0000-0000-0000-000000000000'
const incidentStream = 'incident/'
/**
 * So many events are looked at again while a transaction holds them up, such as a large import: some hundredths of a second.
 * What comes after them waits until it has ended.
 */
const aheadMax = 20_000

/** How far the board has come. */
interface Progress {
  /** The order of the feed counts in this very cluster. */
  readonly same: boolean
  readonly position: string
  readonly remade_after: string | null
  /** Everything below it is there to stay. */
  readonly settled: string
}

/**
 * Brings the board and the search up to the events, as far as one transaction should go. Nothing that writes a case waits for
 * it, and a round that never came, or came twice, does no harm: a row is made of the tables as they stand.
 *
 * Events are read in the order of the feed (migrations/0012-feed-and-inbox.sql): what is below the oldest transaction that
 * still runs is behind us for good; what has been committed above it is followed already, and looked for again by the next
 * round. Where that order means nothing, because there is none yet, the database was restored, or one transaction wrote more
 * than a batch, all cases are gone through by their ids.
 *
 * @param eventsMax how many events are followed at the most
 * @param followed what earlier calls have followed already of what a transaction that runs for long holds up; kept by the caller,
 *   and filled here
 * @returns whether nothing is left to be done
 */
export async function refreshBoard(
  db: Kysely<Database>,
  eventsMax: number,
  followed: Set<string> = new Set(),
): Promise<boolean> {
  if (!(await isBehind(db))) return true
  const done = await inTransaction(db, async (trx) => {
    const { rows } = await sql<Progress>`
      select origin = feed_origin() as same, position::text, remade_after::text,
        pg_snapshot_xmin(pg_current_snapshot())::text as settled
      from board_progress for no key update`.execute(trx)
    const [progress] = rows
    if (progress === undefined) throw new Error('The board has no progress')
    const changed = progress.same ? await changedCases(trx, progress, eventsMax, followed) : undefined
    const remadeAfter = changed === undefined ? firstId : progress.remade_after
    const remade = remadeAfter === null ? [] : await casesAfter(trx, remadeAfter, eventsMax)
    const ids = [...new Set([...(changed?.ids ?? []), ...remade])]
    await refreshCases(trx, ids)
    await indexTexts(trx, ids)
    const remaining = remade.length < eventsMax ? null : (remade.at(-1) ?? null)
    await sql`
      update board_progress set origin = feed_origin(), position = ${changed?.position ?? progress.settled}::bigint,
        remade_after = ${remaining}::uuid`.execute(trx)
    return { isAll: remaining === null && changed?.isAll !== false, ahead: changed?.ahead ?? [] }
  })
  followed.clear()
  for (const event of done.ahead) followed.add(event)
  return done.isAll
}

/** Whether there is something to do, told without a lock and without a number of a transaction. */
async function isBehind(db: Kysely<Database>): Promise<boolean> {
  const { rows } = await sql<{ behind: boolean }>`
    select origin <> feed_origin() or remade_after is not null
      or exists (select from events where commit_order >= position) as behind
    from board_progress`.execute(db)
  return rows[0]?.behind ?? false
}

interface ChangedCases {
  readonly ids: readonly string[]
  readonly position: string
  readonly isAll: boolean
  /** What has been followed and is not behind us for good. */
  readonly ahead: readonly string[]
}

/** The cases of the next events; nothing where one transaction wrote too many to be followed. */
async function changedCases(
  trx: Transaction<Database>,
  { position, settled }: Progress,
  eventsMax: number,
  followed: ReadonlySet<string>,
): Promise<ChangedCases | undefined> {
  const limit = eventsMax + Math.min(followed.size, aheadMax)
  const { rows } = await sql<{ order: string; stream: string; seq: number }>`
    select commit_order::text as order, stream, seq from events where commit_order >= ${position}::bigint
    order by commit_order limit ${limit + 1}`.execute(trx)
  // A transaction's events are followed together: the last one's may not be all.
  const rest = rows[limit]?.order
  const whole = rest === undefined ? rows : rows.filter(({ order }) => order !== rest)
  if (rest !== undefined && whole.length === 0) return undefined
  const end = rest !== undefined && BigInt(rest) < BigInt(settled) ? rest : settled
  const name = ({ stream, seq }: { stream: string; seq: number }) => `${stream} ${seq}`
  const ids = whole
    .filter((event) => event.stream.startsWith(incidentStream) && !followed.has(name(event)))
    .map(({ stream }) => stream.slice(incidentStream.length))
  const ahead = whole.filter(({ order }) => BigInt(order) >= BigInt(end)).map(name)
  return { ids, position: end, isAll: rest === undefined, ahead }
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
