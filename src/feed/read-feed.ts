import { type Kysely, type RawBuilder, sql } from 'kysely'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { Problem } from '../http/problems/problem.ts'
import { before, type FeedCursor, type FeedPlace } from './feed-cursor.ts'

/** An event of the feed: where it stands, and the stored body. */
export interface FeedEvent {
  readonly place: FeedPlace
  readonly body: string
}

/** How far the feed reaches now. */
export interface FeedEnd {
  readonly origin: string
  /** Whatever has a lower commit order is finished: nothing will appear there any more. */
  readonly end: FeedPlace
}

export interface FeedPage extends FeedEnd {
  readonly events: readonly FeedEvent[]
  /** Where the next page begins. */
  readonly next: FeedPlace
  readonly isLast: boolean
}

/** So many events a page: with their bodies some megabytes. */
export const feedPageMax = 500
/** Whoever has missed more than this loads everything afresh, which costs less. */
const missedMax = 10_000

interface EndRow {
  readonly origin: string
  readonly end: number
  readonly renewed: boolean
}

/**
 * The database is known by its cluster, its own number there and the timeline, which a restore to an earlier instant and a
 * failover change: what was in the feed before may not be there.
 */
const feedEnd = sql<EndRow>`
  select left(md5(concat_ws('.', cluster.system_identifier, own.oid, left(pg_walfile_name(pg_current_wal_lsn()), 8))), 8)
      as origin,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "end",
    feed_origin() = cluster.system_identifier::text as renewed
  from pg_control_system() as cluster
  join pg_database as own on own.datname = current_database()`

/** What stands after one place, and not after another; in the feed's order. What is not finished is left out by both. */
function between(after: FeedPlace, end: RawBuilder<number>): RawBuilder<boolean> {
  return sql<boolean>`commit_order >= ${after.order}::bigint and commit_order < ${end}
    and (commit_order, stream collate "C", seq) > (${after.order}::bigint, ${after.stream}, ${after.seq}::integer)`
}

/**
 * @throws Problem `not_ready` where the database was restored from a dump and `whistle migrate` has not been run since: the
 *   order of what is in it means nothing then
 */
export async function readFeedEnd(db: Kysely<Database>): Promise<FeedEnd> {
  const { rows } = await executePrepared(db, feedEnd)
  return endOf(rows[0])
}

function endOf(row: EndRow | undefined): FeedEnd {
  if (row === undefined) throw new Error('The database does not know itself')
  if (!row.renewed)
    throw new Problem('not_ready', {
      detail: {
        zh: '数据库由备份恢复，须先运行 whistle migrate',
        en: 'The database was restored from a dump: run whistle migrate first',
      },
    })
  return { origin: row.origin, end: before(row.end) }
}

/**
 * Events after a place, in the feed's order: one page, by one statement, so that nothing is finished between the look at what
 * runs and the look at what is there.
 *
 * @param sizeMax how many at the most. It stands in the statement's text, so only few different ones are to be asked for.
 */
export async function readFeedPage(
  db: Kysely<Database>,
  after: FeedPlace,
  sizeMax = feedPageMax,
): Promise<FeedPage> {
  const { rows } = await executePrepared(db, feedPageSql(after, sizeMax))
  const found = endOf(rows[0])
  const events = rows.flatMap(({ commit_order: order, stream, seq, body }) =>
    order === null || stream === null || seq === null || body === null
      ? []
      : [{ place: { order, stream, seq }, body }],
  )
  const isLast = events.length < sizeMax
  return { ...found, events, isLast, next: isLast ? found.end : (events.at(-1)?.place ?? found.end) }
}

export function feedPageSql(after: FeedPlace, sizeMax = feedPageMax) {
  return sql<
    EndRow & { commit_order: number | null; stream: string | null; seq: number | null; body: string | null }
  >`
    select feed.*, found.* from (${feedEnd}) as feed left join lateral (
      select commit_order, stream, seq, body from events where ${between(after, sql`feed."end"`)}
      order by commit_order, stream collate "C", seq limit ${sql.lit(sizeMax)}
    ) as found on true
    order by found.commit_order, found.stream collate "C", found.seq`
}

/** Why a client cannot go on where it was. */
export type Lost = 'another_database' | 'too_old'

/**
 * Whether a client can go on from a cursor: nothing where it can.
 *
 * @param eventsMax how many events it may have missed, of whomever they are
 */
export async function whyLost(
  db: Kysely<Database>,
  { origin, end }: FeedEnd,
  cursor: FeedCursor | undefined,
  eventsMax = missedMax,
): Promise<Lost | undefined> {
  if (cursor === undefined || cursor.origin !== origin || cursor.place.order > end.order)
    return 'another_database'
  const { rows } = await missedSql(cursor.place, end, eventsMax).execute(db)
  return (rows[0]?.missed ?? 0) > eventsMax ? 'too_old' : undefined
}

/** Counts what a client has missed, as far as it matters. */
export function missedSql(after: FeedPlace, end: FeedPlace, eventsMax = missedMax) {
  return sql<{ missed: number }>`
    select count(*) as missed from (
      select from events where ${between(after, sql`${end.order}::bigint`)} limit ${sql.lit(eventsMax + 1)}
    ) as missed`
}

/** The streams that events were written to between two places, and when the first of those events was. */
export async function readChangedStreams(
  db: Kysely<Database>,
  after: FeedPlace,
  end: FeedPlace,
): Promise<{ stream: string; since: Instant }[]> {
  const { rows } = await sql<{ stream: string; since: Instant }>`
    select stream, min(at) as since from events where ${between(after, sql`${end.order}::bigint`)} group by stream`.execute(
    db,
  )
  return rows
}
