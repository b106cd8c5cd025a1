import { sql, type Transaction } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'

/**
 * Keeps areas from being moved to another district until the transaction ends. Whoever opens an incident calls this
 * before it reads the area's place: without it, an import could move the area after it was read and before the incident
 * is stored, and the incident would lie in a district that its area has left. Transactions that only lock like this do
 * not wait for each other.
 */
export async function lockAreas(trx: Transaction<Database>, codes: readonly string[]): Promise<void> {
  if (codes.length === 0) return
  await executePrepared(
    trx,
    sql`select from areas where code = any(${textArray(codes)}) order by code for key share`,
  )
}
