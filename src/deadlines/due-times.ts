import { type Kysely, sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** A backlog is counted up to here; more is an emergency in any case, and counting it would take time from draining it. */
const countMax = 100_000

export interface Backlog {
  /** At most `countMax`. */
  readonly overdue: number
  /** How long the longest overdue deadline has been so, in milliseconds; 0 where none is. */
  readonly oldestMs: number
}

/**
 * The earliest due time of a live deadline that is not after `until`, or nothing. Reads one entry of an index. It has no
 * lower bound: what fell due between a claim and this question would otherwise be overlooked until the next tick.
 */
export async function findNextDue(db: Kysely<Database>, until: Instant): Promise<Instant | undefined> {
  const { rows } = await sql<{ due_at: Instant }>`
    select due_at from deadlines where state = 'running' and due_at <= ${toTimestamp(until)}::timestamptz
    order by due_at limit 1`.execute(db)
  return rows[0]?.due_at
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
