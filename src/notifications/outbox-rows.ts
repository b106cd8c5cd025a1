import { type Kysely, sql } from 'kysely'
import { instantArray, integerArray, textArray, uuidArray } from '../database/array-parameters.ts'
import { instant } from '../database/clock.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database, OutboxTable } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** How long an offered notice is left to the queue before it is offered again. */
export const offerMs = 30_000

/**
 * How long an attempt has a notice to itself: the 5 s that a receiver may take, and room for marking the outcome. Should the
 * process die meanwhile, the notice is offered again after it.
 */
const leaseMs = 10_000

/** When the next notice is to be offered, past or to come; nothing where none waits. Reads one entry of an index. */
export async function findNextOffer(db: Kysely<Database>): Promise<Instant | undefined> {
  const { rows } = await executePrepared(
    db,
    sql<{ offer_at: Instant }>`
    select offer_at from outbox where offer_at is not null order by offer_at limit 1`,
  )
  return rows[0]?.offer_at
}

/**
 * Picks notices whose time has come, the longest waiting first, and moves their next offer into the future. Two relays
 * never pick the same one: rows that another has locked are skipped.
 */
export async function pickDueNotices(db: Kysely<Database>, now: Instant, limit: number): Promise<string[]> {
  const { rows } = await executePrepared(
    db,
    sql<{ id: string }>`
    with due as (
      select id from outbox where offer_at <= ${instant(now)} order by offer_at limit ${sql.lit(limit)}
      for no key update skip locked
    )
    update outbox set offer_at = ${instant(now + offerMs)} from due where outbox.id = due.id
    returning outbox.id`,
  )
  return rows.map((row) => row.id)
}

/**
 * That a notice is neither delivered nor parked, which is when it is offered. Asked by "offer_at is not null", Postgres would look
 * for single notices in the index of all that wait: mostly that is empty, and it goes by that when an outage has left 100,000 there.
 */
const waits = sql`outbox.delivered_at is null and outbox.parked_at is null`

/** A notice that was taken for an attempt. */
export type ClaimedNotice = Omit<OutboxTable, 'offer_at' | 'delivered_at' | 'parked_at' | 'last_error'>

/**
 * Takes notices for one attempt each, apart from those that are done, gone, or in another's hands. The number of the
 * attempt is counted before it is made, so that a process that dies of it does not try for ever.
 *
 * An attempt that is under way shows as an offer within `leaseMs` from now. A first attempt cannot be under way; and the
 * relay's own offers lie farther ahead, by more than two clock readings can be apart.
 *
 * Whoever locks several rows here does so in the order of their ids, so that two never wait for each other.
 */
export async function claimNotices(
  db: Kysely<Database>,
  ids: readonly string[],
  now: Instant,
): Promise<ClaimedNotice[]> {
  const { rows } = await executePrepared(
    db,
    sql<ClaimedNotice>`
    with taken as (
      select id from outbox where id = any (${uuidArray(ids)}) and ${waits}
        and (attempts = 0 or offer_at <= ${instant(now)} or offer_at > ${instant(now + leaseMs + 5_000)})
      order by id for no key update
    )
    update outbox set attempts = attempts + 1, offer_at = ${instant(now + leaseMs)} from taken where outbox.id = taken.id
    returning outbox.id, incident_id, district_code, stream, seq, kind, recipient_kind, recipient_code, payload, created_at,
      attempts`,
  )
  return rows
}

/** What came of an attempt. */
export type AttemptResult = {
  readonly id: string
  /** The number of the attempt. */
  readonly attempt: number
} & (
  | { readonly end: 'delivered' }
  /** To be offered again at `retryAt`. */
  | { readonly end: 'failed'; readonly error: string; readonly retryAt: Instant }
  /** Given up. */
  | { readonly end: 'parked'; readonly error: string }
)

/**
 * Writes down what came of attempts. A notice that is done stays as it is, and a failure does not overwrite a later attempt
 * that has begun meanwhile.
 */
export async function markAttempts(
  db: Kysely<Database>,
  results: readonly AttemptResult[],
  now: Instant,
): Promise<void> {
  const at = (end: AttemptResult['end']) =>
    instantArray(results.map((result) => (result.end === end ? now : null)))
  await executePrepared(
    db,
    sql`
    with ended as (
      select outbox.id, result.* from unnest(
        ${uuidArray(results.map(({ id }) => id))},
        ${integerArray(results.map(({ attempt }) => attempt))},
        ${at('delivered')},
        ${at('parked')},
        ${instantArray(results.map((result) => (result.end === 'failed' ? result.retryAt : null)))},
        ${textArray(results.map((result) => (result.end === 'delivered' ? null : result.error)))}
      ) as result (outbox_id, attempt, delivered_at, parked_at, offer_at, error)
      join outbox on outbox.id = result.outbox_id
      where ${waits} and (result.delivered_at is not null or outbox.attempts = result.attempt)
      order by outbox.id for no key update of outbox
    )
    update outbox set delivered_at = ended.delivered_at, parked_at = ended.parked_at, offer_at = ended.offer_at,
      last_error = ended.error
    from ended where outbox.id = ended.id`,
  )
}
