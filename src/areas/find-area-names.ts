import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'

/** The present names of areas by code, retired ones too. Codes of no area are absent. */
export async function findAreaNames(
  db: Kysely<Database>,
  codes: readonly string[],
): Promise<Map<string, string>> {
  if (codes.length === 0) return new Map()
  const rows = await db
    .selectFrom('areas')
    .select(['code', 'name'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.code, row.name]))
}
