import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'

/** The codes of a category and of everything below it; none where there is no such category. */
export async function subcategories(db: Kysely<Database>, code: string): Promise<string[]> {
  const rows = await db
    .selectFrom('categories')
    .select('code')
    .where(sql<boolean>`path @> array[${code}]::text[]`)
    .execute()
  return rows.map((row) => row.code)
}
