import type { Kysely, Transaction } from 'kysely'
import { tryAgain } from './in-transaction.ts'
import type { Database } from './schema.ts'

/**
 * Reads by any number of statements what there was at one instant. What is read belongs together; nothing is locked. Reads
 * again from the beginning after a transient error.
 */
export async function inSnapshot<T>(
  db: Kysely<Database>,
  read: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return tryAgain(() =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read),
  )
}
