import { sql, type Transaction } from 'kysely'
import type { Database } from './schema.ts'

/**
 * How long a request waits for its turn, a connection and locks together before it is told to come back, in ms
 * (docs/domain.md, Time).
 */
export const waitMaxMs = 2_000

/** How long a session of ours waits for any one lock, unless it is told a shorter time. */
export const lockWaitMs = 1_000

/** How long whoever answers a request waits for a connection, in ms: what is left is for the locks. */
export const connectionWaitMs = waitMaxMs - lockWaitMs

/** How long a statement of ours may take, unless its transaction says otherwise. */
export const statementMaxMs = 5_000
/** How much later than that Postgres says so at the latest, in ms. */
const answerDelayMs = 2_000

/**
 * How long the service waits for Postgres to say anything before it gives a connection up, in ms: what comes later than this
 * comes from a connection that is dead.
 */
export const answerLimitMs = statementMaxMs + answerDelayMs

/** How long a statement of a batch may take, in ms: of what the operator imports, and of a planned change of a registry. */
export const batchStatementMaxMs = 60_000
/** As `answerLimitMs`, for a pool whose transactions are such batches. */
export const batchAnswerLimitMs = batchStatementMaxMs + answerDelayMs

/**
 * Makes the locks that the transaction takes from now on wait no longer than the request that it works for has left. Costs
 * nothing as long as the session's own bound is the stricter one, which it is unless something was waited for.
 *
 * @param giveUpAt when the request's time is over, in terms of `performance.now()`. After that only what is free is taken.
 */
export async function boundLockWaits(trx: Transaction<Database>, giveUpAt: number): Promise<void> {
  const leftMs = Math.floor(giveUpAt - performance.now())
  if (leftMs >= lockWaitMs) return
  // 0 would mean: for ever.
  await sql`select set_config('lock_timeout', ${`${Math.max(leftMs, 1)}ms`}, true)`.execute(trx)
}
