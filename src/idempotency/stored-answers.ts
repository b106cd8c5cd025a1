import { type Kysely, sql, type Transaction } from 'kysely'
import { byteaArray, smallintArray, textArray } from '../database/array-parameters.ts'
import { toTimestamp } from '../database/clock.ts'
import { type Insert, insertTogether } from '../database/insert-together.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { RequestKey } from './request-key.ts'

/** The answer to a request that wrote something. It holds no personal data, because it is kept. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text: a replay returns the same bytes. */
  readonly body: string
}

/** Somebody else stored an answer under the same key while this transaction was under way; run it again. */
class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
  /** Asks `inTransaction` for another attempt, which finds the other's answer. */
  readonly code = '40001'
}

/** What is known of a key: the answer to replay, or that it was used for another request. */
export type EarlierUse = { readonly answer: Answer } | 'reused'

/** Finds which of these requests were answered before, by index into `requests`. */
export async function findEarlierUses(
  trx: Transaction<Database>,
  requests: readonly RequestKey[],
): Promise<Map<number, EarlierUse>> {
  const { rows } = await executePrepared(
    trx,
    sql<{
      index: number
      fingerprint: Buffer
      status: number
      headers: Record<string, string>
      body: string
    }>`
    select asked.index::int, k.fingerprint, k.status, k.headers, k.body
    from unnest(
      ${textArray(requests.map(({ principal }) => principal))},
      ${textArray(requests.map(({ key }) => key))}
    ) with ordinality as asked (principal, key, index)
    join idempotency_keys k on k.principal = asked.principal and k.key = asked.key`,
  )
  return new Map(
    rows.map(({ index, fingerprint, status, headers, body }) => [
      index - 1,
      requests[index - 1]?.fingerprint.equals(fingerprint) === true
        ? { answer: { status, headers, body } }
        : 'reused',
    ]),
  )
}

/**
 * Stores the answers of committed successes. A refusal is never stored: it is decided anew.
 *
 * @param others what else is inserted, in the same statement
 * @throws KeyTaken where one of the keys got an answer in the meantime
 */
export async function storeAnswers(
  trx: Transaction<Database>,
  now: Instant,
  answered: readonly { readonly request: RequestKey; readonly answer: Answer }[],
  others: readonly (Insert | undefined)[] = [],
): Promise<void> {
  if (answered.length === 0) return
  // Sorted, so that two transactions that wait for each other's keys do so in one order.
  const sorted = answered.toSorted((a, b) => compareKeys(a.request, b.request))
  const answers = sql`
    insert into idempotency_keys (principal, key, fingerprint, status, headers, body, created_at)
    select principal, key, fingerprint, status, headers::json, body, ${toTimestamp(now)}::timestamptz from unnest(
      ${textArray(sorted.map(({ request }) => request.principal))},
      ${textArray(sorted.map(({ request }) => request.key))},
      ${byteaArray(sorted.map(({ request }) => request.fingerprint))},
      ${smallintArray(sorted.map(({ answer }) => answer.status))},
      ${textArray(sorted.map(({ answer }) => JSON.stringify(answer.headers)))},
      ${textArray(sorted.map(({ answer }) => answer.body))}
    ) as answered (principal, key, fingerprint, status, headers, body)
    on conflict do nothing`
  if ((await insertTogether(trx, [...others, answers])) !== BigInt(answered.length))
    throw new KeyTaken('An idempotency key was taken meanwhile')
}

function compareKeys(a: RequestKey, b: RequestKey): number {
  if (a.principal !== b.principal) return a.principal < b.principal ? -1 : 1
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** How long a phone may be offline and still find its answer. */
const keptMs = 7 * 24 * 60 * 60 * 1000
/** A small bite, so that housekeeping never holds up a deadline. */
const purgeBatch = 1_000

/** Forgets a batch of keys older than seven days and returns how many there were. */
export async function purgeStoredAnswers(db: Kysely<Database>, now: Instant): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys where created_at < ${toTimestamp(now - keptMs)}::timestamptz
      order by created_at limit ${purgeBatch}))`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
