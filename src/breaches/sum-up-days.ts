import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import { instant, type ReadClock } from '../database/clock.ts'
import { isTransient } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { dayStart } from '../wording/shanghai-time.ts'
import { countSums, counts, levelsOf } from './sum-facts.ts'

/** Days of one transaction: some ten thousand deadlines each in a large city, and a statement may take 5 s. */
const daysAtOnce = 7
/** Transactions are short here; where one is not, the next round comes in a minute. */
const waitMs = 3_000
const pollMs = 50

export interface SumDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

/**
 * Sums up the days of due times that are over and have not been summed up, and once more those that have a mark, because
 * something of theirs has changed since.
 *
 * A day counts as over when the next one is, so that most of its deadlines are decided; what changes later leaves a mark
 * (migrations/0004-summaries.sql). For that, marks are asked for first, and every transaction that may not have seen it has
 * to end before the day is read: thus no change can be in neither. Sums, marks and progress change in one transaction, so a
 * reader's snapshot always holds sums together with the marks that are missing from them.
 *
 * @returns how many days were summed up
 */
export async function sumUpDays({ db, readClock }: SumDependencies, signal?: AbortSignal): Promise<number> {
  await askForMarks(db, dayStart((await readClock(db)).now, -1))
  if (!(await earlierTransactionsEnded(db, signal))) return 0
  // Each day once: one that is changed all the time has its next turn in the next round.
  const done = new Set<string>()
  while (signal?.aborted !== true) {
    const days = await sumUpSome(db, done)
    if (days.length === 0) break
    for (const day of days) done.add(day)
  }
  return done.size
}

async function askForMarks(db: Kysely<Database>, before: Instant): Promise<void> {
  await db
    .updateTable('sums_progress')
    .set({ marked_before: instant(before) })
    .where('marked_before', '<', instant(before))
    .execute()
}

/**
 * Whether all transactions that write and that run now come to their end in time. Their numbers are below a new one; the
 * snapshot's own upper bound may be below that of one that runs.
 */
async function earlierTransactionsEnded(db: Kysely<Database>, signal?: AbortSignal): Promise<boolean> {
  const { rows } = await sql<{ next: string }>`
    select pg_current_xact_id()::text as next`.execute(db)
  const next = rows[0]?.next ?? '0'
  for (const giveUpAt = performance.now() + waitMs; performance.now() < giveUpAt; ) {
    const { rows: found } = await sql<{ ended: boolean }>`
      select pg_snapshot_xmin(pg_current_snapshot()) >= ${next}::xid8 as ended`.execute(db)
    if (found[0]?.ended === true) return true
    if (signal?.aborted === true) return false
    await pause(pollMs)
  }
  return false
}

/** Sums up as many days as one transaction may. None where nothing is to be done, or another process does it. */
async function sumUpSome(db: Kysely<Database>, done: ReadonlySet<string>): Promise<string[]> {
  try {
    return await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        const held = await trx
          .selectFrom('sums_progress')
          .select('only_row')
          .forNoKeyUpdate()
          .skipLocked()
          .executeTakeFirst()
        if (held === undefined) return []
        await followTree(trx)
        const days = await chooseDays(trx, [...done])
        if (days.length > 0) await replaceSums(trx, days)
        return days
      })
  } catch (error) {
    // Another process has just done what this one had set out to do.
    if (isTransient(error)) return []
    throw error
  }
}

/** Where an area that stood in the tree has become one of another kind under its old path, all sums are made anew. */
async function followTree(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql<{ version: number; moved: boolean }>`
    select t.version, exists (
      select from area_versions n join area_versions o on o.path = n.path
      where n.since_version > s.tree_version and o.since_version <= s.tree_version and o.path_kinds <> n.path_kinds
    ) as moved
    from sums_progress s join area_tree t on t.version <> s.tree_version`.execute(trx)
  const [tree] = rows
  if (tree === undefined) return
  if (tree.moved) {
    await trx.deleteFrom('deadline_sums').execute()
    await trx
      .updateTable('sums_progress')
      .set({ summed_before: instant(0) })
      .execute()
  }
  await trx.updateTable('sums_progress').set({ tree_version: tree.version }).execute()
}

/** Moves progress over the next days, and returns them together with days that have a mark. */
async function chooseDays(trx: Transaction<Database>, done: readonly string[]): Promise<string[]> {
  // Days before the first deadline are summed up by there being nothing.
  const { rows } = await sql<{ day: string }>`
    with progress as (
      select greatest(summed_before, least(marked_before,
          (select min(due_at) from deadlines where (state <> 'cancelled') is true))) as since, marked_before
      from sums_progress
    ), ahead as (
      select (since at time zone 'Asia/Shanghai')::date as first,
        least((since at time zone 'Asia/Shanghai')::date + ${daysAtOnce}::int,
          (marked_before at time zone 'Asia/Shanghai')::date) as behind
      from progress
    ), moved as (
      update sums_progress set summed_before = ahead.behind::timestamp at time zone 'Asia/Shanghai' from ahead
      where summed_before < ahead.behind::timestamp at time zone 'Asia/Shanghai'
    )
    select day::text from ahead, generate_series(first, behind - 1, interval '1 day') as day
    union
    select day::text from (
      select distinct day from sums_marks, ahead where day < behind and day <> all(${done}::date[])
      limit ${daysAtOnce}) as marked
  `.execute(trx)
  return rows.map(({ day }) => day.slice(0, 10))
}

async function replaceSums(trx: Transaction<Database>, days: readonly string[]): Promise<void> {
  await sql`delete from sums_marks where day = any(${days}::date[])`.execute(trx)
  await sql`delete from deadline_sums where span = 'day' and since = any(${days}::date[])`.execute(trx)
  await sql`
    insert into deadline_sums
    select 'day', day, coalesce(upper, area_path) as path, city, district, street, promise, rung, ${countSums},
      string_agg(lateness_ms, ',')
    from (
      select day, area_path, promise, rung, ${countSums}, string_agg(lateness_ms::text, ',') as lateness_ms
      from (
        select summed.day, d.area_path, d.promise, d.rung, ${counts}
        from unnest(${days}::date[]) as summed (day)
        join deadlines d on d.due_at >= summed.day::timestamp at time zone 'Asia/Shanghai'
          and d.due_at < (summed.day + 1)::timestamp at time zone 'Asia/Shanghai' and (d.state <> 'cancelled') is true
      ) as facts
      group by day, area_path, promise, rung
    ) as placed
    left join lateral (${levelsOf('placed.area_path')}) as levels on true
    group by day, coalesce(upper, area_path), city, district, street, promise, rung`.execute(trx)
  // A month is the sum of its days, as far as they have been summed up.
  await sql`
    with months as (
      select distinct date_trunc('month', day)::date as month from unnest(${days}::date[]) as summed (day)
    ), gone as (
      delete from deadline_sums where span = 'month' and since in (select month from months)
    )
    insert into deadline_sums
    select 'month', month, path, city_code, district_code, street_code, promise, rung, ${countSums},
      string_agg(lateness_ms, ',')
    from months
    join deadline_sums s on s.span = 'day' and s.since >= month and s.since < month + interval '1 month'
    group by month, path, city_code, district_code, street_code, promise, rung`.execute(trx)
}
