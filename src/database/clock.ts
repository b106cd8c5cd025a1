import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { ClockJump } from '../domain/context.ts'
import type { Instant } from '../domain/instant.ts'
import { executePrepared } from './prepared-statements.ts'
import type { Database } from './schema.ts'

/** What a look at the clock tells. */
export interface Reading {
  readonly now: Instant
  /** The clock cannot be trusted at present: nothing may be breached by it, and what is kept counts as met in time. */
  readonly clockFault: boolean
  /** Where what is decided by was set: time that some deadlines have not had. */
  readonly clockJumps: readonly ClockJump[]
}

/** A reading of a clock with which nothing ever was wrong. */
export function soundReading(now: Instant): Reading {
  return { now, clockFault: false, clockJumps: [] }
}

/**
 * Reads the one clock that decides anything: in the transaction, right after its locks are held (docs/domain.md, Time).
 * Tests inject another one to move time.
 */
export type ReadClock = (db: Kysely<Database>) => Promise<Reading>

/** The database's clock as it stands, and what is known of it, both as of one statement. */
export interface ClockSample {
  /** What the clock shows, right or wrong. */
  readonly at: Instant
  /** The number of the last event about the clock; whoever sees another one knows that somebody has found something. */
  readonly seq: number
  /** By how much the clock has left its course; null where it is sound. */
  readonly offsetMs: number | null
  /** The course is known from records alone: a clock that is ahead of it has come back. */
  readonly atLeast: boolean
  readonly jumps: readonly ClockJump[]
  /** What was decided by when a process that watches it last wrote that down; null before the first. */
  readonly seenAt: Instant | null
}

/** Samples a clock. Processes that are built with another one than the database's live in its time (chaos, tests). */
export type SampleClock = (db: Kysely<Database>) => Promise<ClockSample>

/** The database's own clock, cut to whole milliseconds. */
export const sampleDatabaseClock: SampleClock = async (db) => {
  const { rows } = await executePrepared(
    db,
    sql<ClockSample>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as at,
      seq, offset_ms as "offsetMs", at_least as "atLeast", jumps, seen_at as "seenAt"
    from clock_state`,
  )
  const row = rows[0]
  if (row === undefined) throw new Error('The database did not tell the time')
  return row
}

/** What the clock says could not be settled just now; nothing may be decided, and trying again soon can help. */
export class ClockUnsettled extends Error {
  override readonly name = 'ClockUnsettled'
}

/** By what a sample decides: while there is a fault, the clock as it would have run on. So every process says the same. */
export function readingOf({ at, offsetMs, jumps }: ClockSample): Reading {
  return { now: at - (offsetMs ?? 0), clockFault: offsetMs !== null, clockJumps: jumps }
}

/** The deciding clock of a process that does not live long enough to watch it: it takes over what others have found. */
export const readDatabaseClock: ReadClock = async (db) => readingOf(await sampleDatabaseClock(db))

/** An instant as a value for a timestamptz column. */
export function instant(at: Instant): RawBuilder<Instant> {
  return sql<Instant>`${toTimestamp(at)}::timestamptz`
}

/** An instant as Postgres and RFC 3339 write it, in UTC. */
export function toTimestamp(at: Instant): string {
  return new Date(at).toISOString()
}
