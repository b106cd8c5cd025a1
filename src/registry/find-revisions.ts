import { type Kysely, sql } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { Registry } from './registry.ts'

/** The revisions of rows as they stand, by key; of rows that there are not, none. Those of areas are versions of the tree. */
export async function findRevisions(
  db: Kysely<Database>,
  { name, keyColumn }: Pick<Registry, 'name' | 'keyColumn'>,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const key = sql.ref(keyColumn)
  const { rows } = await sql<{ key: string; revision: number }>`
    select ${key} as key, ${sql.ref(name === 'areas' ? 'since_version' : 'revision')} as revision
    from ${sql.table(name)} where ${key} = any(${textArray(keys)})`.execute(db)
  return new Map(rows.map(({ key, revision }) => [key, revision]))
}
