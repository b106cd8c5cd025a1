import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { ClockJump } from '../domain/context.ts'
import type { Instant } from '../domain/instant.ts'
import type { Database } from './schema.ts'

/** What a look at the clock tells. */
export interface Reading {
  readonly now: Instant
  /** The clock cannot be trusted at present: nothing may be breached by it, and what is kept counts as met in time. */
  readonly clockFault: boolean
  /** Where the clock was set ahead and an administrator accepted it: time that no deadline has had. */
  readonly clockJumps: readonly ClockJump[]
}

/** A reading of a clock with which nothing ever was wrong. */
export function soundReading(now: Instant): Reading {
  return { now, clockFault: false, clockJumps: [] }
}

/**
 * Reads the one clock that decides anything: in the transaction, right after its locks are held (domain.md, Time).
 * Tests inject another one to move time.
 */
export type ReadClock = (db: Kysely<Database>) => Promise<Reading>

/** The database's own clock, cut to whole milliseconds. */
export const readDatabaseClock: ReadClock = async (db) => {
  const { rows } = await sql<{
    now: number
  }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
  const row = rows[0]
  if (row === undefined) throw new Error('The database did not tell the time')
  return soundReading(row.now)
}

/** An instant as a value for a timestamptz column. */
export function instant(at: Instant): RawBuilder<Instant> {
  return sql<Instant>`${toTimestamp(at)}::timestamptz`
}

/** An instant as Postgres and RFC 3339 write it, in UTC. */
export function toTimestamp(at: Instant): string {
  return new Date(at).toISOString()
}
