import type { Kysely, Transaction } from 'kysely'
import type { Database } from './schema.ts'

/** Reads by any number of statements what there was at one instant. What is read belongs together; nothing is locked. */
export async function inSnapshot<T>(
  db: Kysely<Database>,
  read: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read)
}
