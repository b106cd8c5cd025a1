import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { type Category, categoryColumns } from './find-categories.ts'

/** A category as the list shows it: since when it is retired, and the number of its version. */
export interface RevisedCategory extends Category {
  readonly retiredAt: Instant | null
  readonly revision: number
}

/** The whole tree of categories, parents before what lies below them. A change bounds how many there can be. */
export async function listCategories(db: Kysely<Database>): Promise<RevisedCategory[]> {
  return db
    .selectFrom('categories')
    .select([...categoryColumns, 'retired_at as retiredAt', 'revision'])
    .orderBy('path')
    .execute()
}

/** One category, or undefined where there is none. */
export async function findCategory(db: Kysely<Database>, code: string): Promise<RevisedCategory | undefined> {
  return db
    .selectFrom('categories')
    .select([...categoryColumns, 'retired_at as retiredAt', 'revision'])
    .where('code', '=', code)
    .executeTakeFirst()
}
