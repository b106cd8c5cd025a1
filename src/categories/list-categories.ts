import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { type Category, categoryColumns } from './find-categories.ts'

/** A category and the number of its version. */
export interface RevisedCategory extends Category {
  readonly revision: number
}

/** The whole tree of categories, parents before what lies below them. A change bounds how many there can be. */
export async function listCategories(db: Kysely<Database>): Promise<RevisedCategory[]> {
  return db
    .selectFrom('categories')
    .select([...categoryColumns, 'revision'])
    .orderBy('path')
    .execute()
}

/** One category, or undefined where there is none. */
export async function findCategory(db: Kysely<Database>, code: string): Promise<RevisedCategory | undefined> {
  return db
    .selectFrom('categories')
    .select([...categoryColumns, 'revision'])
    .where('code', '=', code)
    .executeTakeFirst()
}
