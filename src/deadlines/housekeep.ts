import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

export interface Housekeeping {
  readonly db: Kysely<Database>
  readonly now: Instant
  /** Deletes a bite of what is past its time and returns how many rows it held. */
  readonly purge: (db: Kysely<Database>, now: Instant) => Promise<number>
  readonly signal: AbortSignal
  /** When to leave off, in terms of `performance.now()`; the bite in hand is finished. */
  readonly endAt: number
}

/**
 * Deletes what is past its time, bite by bite.
 *
 * @returns whether nothing is left; what is has to be gone on with soon, or a flood grows faster than it is forgotten
 */
export async function housekeep({ db, now, purge, signal, endAt }: Housekeeping): Promise<boolean> {
  do {
    if ((await purge(db, now)) === 0) return true
  } while (!signal.aborted && performance.now() < endAt)
  return false
}
