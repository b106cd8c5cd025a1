import { sql, type Transaction } from 'kysely'
import type { Database } from './schema.ts'

/** What is wanted is found in the order of an index, and looked up one by one, by keys. */
const byKeys = ['bitmapscan', 'seqscan', 'hashjoin', 'mergejoin'].map(
  (way) => sql`set_config(${sql.lit(`enable_${way}`)}, 'off', true)`,
)
/** To start processes that help takes longer than all of it. */
const alone = sql`set_config('max_parallel_workers_per_gather', '0', true)`

/**
 * For the rest of a transaction that reads the first few of what is open, as a page of the board or of an inbox, or makes the rows
 * of some hundred cases anew. Postgres takes every area to have as much of it as the average, and would sort all that a busy one
 * has instead of reading the first of it in order; it would count a large district by reading the whole table, and read that to
 * look up a page.
 */
export async function goByIndexes(trx: Transaction<Database>): Promise<void> {
  await sql`select ${sql.join([...byKeys, alone])}`.execute(trx)
}
