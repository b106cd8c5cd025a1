import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { type Category, categoryColumns } from './find-categories.ts'

/** The whole tree of categories, parents before what lies below them. An import bounds how many there can be. */
export async function listCategories(db: Kysely<Database>): Promise<Category[]> {
  return db.selectFrom('categories').select(categoryColumns).orderBy('path').execute()
}
