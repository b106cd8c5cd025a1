import { sql, type Transaction } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'

/**
 * Since which revision a category has been said to be what it is. A later one may have moved its path along with a category
 * above. Codes of no category are absent.
 */
export async function findSaidRevisions(
  trx: Transaction<Database>,
  codes: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ code: string; since: number }>`
    select code, coalesce(
      (select max(earlier.revision) + 1 from registry_versions as earlier
        join registry_versions as present on present.registry = earlier.registry and present.key = earlier.key
          and present.revision = categories.revision
        where earlier.registry = 'categories' and earlier.key = code
          and earlier.facts::jsonb - 'path' <> present.facts::jsonb - 'path'),
      (select min(first.revision) from registry_versions as first where first.registry = 'categories' and first.key = code),
      revision) as since
    from categories where code = any(${textArray(codes)})`.execute(trx)
  return new Map(rows.map(({ code, since }) => [code, since]))
}
