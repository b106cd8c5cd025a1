import { type Kysely, sql } from 'kysely'
import { instant } from '../database/clock.ts'
import type { Database, OutboxTable } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** How long an offered notice is left to the queue before it is offered again. */
export const offerMs = 30_000

/**
 * How long an attempt has a notice to itself: the 5 s that a receiver may take, and room for marking the outcome. Should the
 * process die meanwhile, the notice is offered again after it.
 */
const leaseMs = 10_000

/**
 * Picks notices whose time has come, the longest waiting first, and moves their next offer into the future. Two relays
 * never pick the same one: rows that another has locked are skipped.
 */
export async function pickDueNotices(db: Kysely<Database>, now: Instant, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with due as (
      select id from outbox where offer_at <= ${instant(now)} order by offer_at limit ${limit}
      for no key update skip locked
    )
    update outbox set offer_at = ${instant(now + offerMs)} from due where outbox.id = due.id
    returning outbox.id`.execute(db)
  return rows.map((row) => row.id)
}

/**
 * Takes a notice for one attempt, or returns nothing where it is done, gone, or in another's hands. The number of the
 * attempt is counted before it is made, so that a process that dies of it does not try for ever.
 *
 * An attempt that is under way shows as an offer within `leaseMs` from now. A first attempt cannot be under way; and the
 * relay's own offers lie farther ahead, by more than two clock readings can be apart.
 */
export async function claimNotice(
  db: Kysely<Database>,
  id: string,
  now: Instant,
): Promise<OutboxTable | undefined> {
  return await db
    .updateTable('outbox')
    .set((eb) => ({ attempts: eb('attempts', '+', 1), offer_at: instant(now + leaseMs) }))
    .where('id', '=', id)
    .where('offer_at', 'is not', null)
    .where((eb) =>
      eb.or([
        eb('attempts', '=', 0),
        eb('offer_at', '<=', instant(now)),
        eb('offer_at', '>', instant(now + leaseMs + 5_000)),
      ]),
    )
    .returningAll()
    .executeTakeFirst()
}

export async function markDelivered(db: Kysely<Database>, id: string, now: Instant): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ delivered_at: instant(now), offer_at: null, last_error: null })
    .where('id', '=', id)
    .where('offer_at', 'is not', null)
    .execute()
}

/** An attempt, and what came of it. */
export interface FailedAttempt {
  readonly id: string
  /** The number of the attempt. A later one that has begun meanwhile is not overwritten. */
  readonly attempt: number
  readonly error: string
}

/** Has a notice offered again at `retryAt`. */
export async function markFailed(
  db: Kysely<Database>,
  { id, attempt, error }: FailedAttempt,
  retryAt: Instant,
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ offer_at: instant(retryAt), last_error: error })
    .where('id', '=', id)
    .where('attempts', '=', attempt)
    .where('offer_at', 'is not', null)
    .execute()
}

/** Gives a notice up, with its reason. */
export async function markParked(
  db: Kysely<Database>,
  { id, attempt, error }: FailedAttempt,
  now: Instant,
): Promise<void> {
  await db
    .updateTable('outbox')
    .set({ parked_at: instant(now), offer_at: null, last_error: error })
    .where('id', '=', id)
    .where('attempts', '=', attempt)
    .where('offer_at', 'is not', null)
    .execute()
}
