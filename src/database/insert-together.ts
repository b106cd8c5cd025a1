import { type Kysely, type RawBuilder, sql } from 'kysely'
import { executePrepared } from './prepared-statements.ts'
import type { Database } from './schema.ts'

/** A statement that inserts rows and reads no table, so that it may run beside others. */
export type Insert = RawBuilder<unknown>

/**
 * Runs any number of inserts as one statement: each statement of its own would wake up both processes. All of them see the
 * database as it was before; foreign keys are checked when all is written, so one may refer to what another one inserts.
 *
 * @returns how many rows the last one has inserted
 */
export async function insertTogether(
  db: Kysely<Database>,
  inserts: readonly (Insert | undefined)[],
): Promise<bigint> {
  const given = inserts.filter((insert) => insert !== undefined)
  const last = given.pop()
  if (last === undefined) return 0n
  const others = given.map((insert, index) => sql`${sql.raw(`insert_${index}`)} as (${insert})`)
  const statement = others.length === 0 ? last : sql`with ${sql.join(others)} ${last}`
  const { numAffectedRows } = await executePrepared(db, statement)
  return numAffectedRows ?? 0n
}
