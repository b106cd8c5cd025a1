import type { Kysely, Transaction } from 'kysely'
import { ClockUnsettled } from './clock.ts'
import { runPipelined } from './pipelined-transaction.ts'
import type { Database } from './schema.ts'
import { waitMaxMs } from './waiting.ts'

/** SQLSTATEs after which the whole transaction may succeed if it is tried again (docs/reliability.md, Retries). */
const transientStates = new Set(['40001', '40P01', '57P01', '57P02', '57P03'])
/** What Node and the driver say when a connection breaks; the last one comes without any code. */
const connectionCodes = new Set(['ECONNRESET', 'EPIPE', 'EIO', 'ECONNREFUSED', 'ETIMEDOUT'])
const connectionMessages =
  /Connection terminated|not queryable|Client has encountered a connection error|Query read timeout/

/** Whether trying the whole transaction again can help: a conflict, a restart, or a lost connection. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof ClockUnsettled) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    transientStates.has(code) ||
    code.startsWith('08') ||
    connectionCodes.has(code) ||
    (code === '' && connectionMessages.test(error.message))
  )
}

const firstPauseMs = 20

/**
 * Runs one transaction, and runs it again from its beginning after a transient error, for a bounded time. Everything
 * that must be the same in each attempt, ids above all, is made before: a COMMIT whose answer was lost may have
 * happened, and the next attempt must find it and not repeat it.
 *
 * Statements that are issued at once, by `Promise.all`, travel in one round trip and are carried out in the order in which
 * they were issued.
 *
 * @param giveUpAt after this no other attempt begins, in terms of `performance.now()`
 */
export async function inTransaction<T>(
  db: Kysely<Database>,
  run: (trx: Transaction<Database>) => Promise<T>,
  giveUpAt?: number,
): Promise<T> {
  return tryAgain(() => runPipelined(db, 'begin', run), giveUpAt)
}

/**
 * Statements of deciding transactions find few rows of large tables by their keys, are run all the time, and are told of lists
 * by one parameter. Left to itself, Postgres plans such a statement anew each time, because for an array whose length it knows
 * a plan always looks cheaper; and a plan that it keeps was perhaps made when the tables were all but empty, and reads them
 * whole when they no longer are.
 */
const beginDeciding = [
  'begin',
  'set local plan_cache_mode = force_generic_plan',
  'set local enable_seqscan = off',
  'set local enable_hashjoin = off',
  'set local enable_mergejoin = off',
].join('; ')

/** As `inTransaction`, for what decides about incidents: each of its statements is planned once, and goes by indexes. */
export async function inDecidingTransaction<T>(
  db: Kysely<Database>,
  run: (trx: Transaction<Database>) => Promise<T>,
  giveUpAt?: number,
): Promise<T> {
  return tryAgain(() => runPipelined(db, beginDeciding, run), giveUpAt)
}

/** Runs a whole transaction, and runs it again from its beginning after a transient error, for a bounded time. */
export async function tryAgain<T>(
  transaction: () => Promise<T>,
  giveUpAt = performance.now() + waitMaxMs,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await transaction()
    } catch (error) {
      if (!isTransient(error) || performance.now() + pauseMs > giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())))
    }
  }
}
