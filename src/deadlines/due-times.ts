import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type ReadClock, toTimestamp } from '../database/clock.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { notQuarantined } from './quarantine.ts'

/** A backlog is counted up to here; more is an emergency in any case, and counting it would take time from draining it. */
const countMax = 100_000

export interface Backlog {
  /** At most `countMax`. */
  readonly overdue: number
  /** How long the longest overdue deadline has been so, in milliseconds; 0 where none is. */
  readonly oldestMs: number
}

/**
 * The earliest instant at which something runs out or rings, past or to come; nothing where nothing may be settled. Reads one
 * entry of two indexes, apart from what is quarantined.
 */
export async function findNextDue(db: Kysely<Database>): Promise<Instant | undefined> {
  const { rows } = await executePrepared(db, nextDueSql)
  return rows[0]?.due_at ?? undefined
}

export const nextDueSql = sql<{ due_at: Instant | null }>`
  select least(
    (select due_at from deadlines where state = 'running' and ${notQuarantined('deadlines')} order by due_at limit 1),
    (select at from alarms where ${notQuarantined('alarms')} order by at limit 1)
  ) as due_at`

/**
 * Milliseconds until the next due time, by the deciding clock: 0 for one that is this very instant and so still in time, less
 * for one that has passed. Undefined where there is none, and while the clock cannot be trusted, by which nothing falls due.
 */
export async function untilNextDue({ db, readClock }: DueDependencies): Promise<number | undefined> {
  const { now, clockFault } = await readClock(db)
  if (clockFault) return undefined
  const next = await findNextDue(db)
  return next === undefined ? undefined : next - now
}

export interface DueDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

/** Fewer overdue deadlines than this are settled with the next batch. */
const burst = 200

/** Whether so much is overdue that whatever can wait should leave the machine to the deadlines. */
export async function isBursting({ db, readClock }: DueDependencies): Promise<boolean> {
  const { now } = await readClock(db)
  const { rows } = await executePrepared(db, burstSql(now))
  return rows[0]?.overdue === burst
}

/** Ordered, so that the index of what runs is read and no further than it has to be. The limit is part of the text for that. */
export function burstSql(now: Instant): RawBuilder<{ overdue: number }> {
  return sql`
    select count(*) as overdue from (
      select from deadlines where state = 'running' and due_at < ${toTimestamp(now)}::timestamptz
        and ${notQuarantined('deadlines')}
      order by due_at limit ${sql.lit(burst)}
    ) as overdue`
}

/** What is overdue and not settled at an instant. */
export async function readBacklog(db: Kysely<Database>, now: Instant): Promise<Backlog> {
  const { rows } = await sql<{ overdue: number; oldest: Instant | null }>`
    select count(*) as overdue, min(due_at) as oldest from (
      select due_at from deadlines where state = 'running' and due_at < ${toTimestamp(now)}::timestamptz
      order by due_at limit ${countMax}
    ) as backlog`.execute(db)
  const row = rows[0]
  if (row === undefined || row.oldest === null) return { overdue: 0, oldestMs: 0 }
  return { overdue: row.overdue, oldestMs: now - row.oldest }
}

/** Breaches of the last minutes are a sample; a flood of them tells no more than so many. */
const sampleMax = 10_000
const recentMs = 5 * 60_000

export interface RecentLag {
  /** At most `sampleMax`. */
  readonly breaches: number
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** How late the breaches of the last five minutes were detected, whichever process did; undefined where there are none. */
export async function readRecentLag(db: Kysely<Database>, now: Instant): Promise<RecentLag | undefined> {
  const { rows } = await recentLagSql(now).execute(db)
  const row = rows[0]
  if (row === undefined || row.lags === null) return undefined
  const [medianMs = 0, p99Ms = 0, maxMs = 0] = row.lags
  return { breaches: row.breaches, medianMs, p99Ms, maxMs }
}

/** Needs the index of detection times: without it every scrape would read all breaches that there ever were. */
export function recentLagSql(now: Instant): RawBuilder<{ breaches: number; lags: number[] | null }> {
  return sql`
    select count(*) as breaches, percentile_disc(array[0.5, 0.99, 1]) within group (order by lag_ms) as lags from (
      select (extract(epoch from detected_at - due_at) * 1000)::float8 as lag_ms from breaches
      where detected_at > ${toTimestamp(now - recentMs)}::timestamptz
      order by detected_at desc limit ${sampleMax}
    ) as recent`
}
