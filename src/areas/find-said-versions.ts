import { sql, type Transaction } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'

/**
 * Since which version of the tree an area has been said to be what it is: its name, its kind, what it lies right below, whether
 * it is retired and for whom. A later version may have moved it along with an area above. Codes of no area are absent.
 */
export async function findSaidVersions(
  trx: Transaction<Database>,
  codes: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await sql<{ code: string; since: number }>`
    select areas.code, coalesce(
      (select max(until_version) from area_versions as earlier
        where earlier.code = areas.code and until_version is not null
          and (earlier.name, earlier.kind, earlier.parent_code, earlier.retired, earlier.successor_codes)
            is distinct from (areas.name, areas.kind, areas.parent_code, retired_at is not null, areas.successor_codes)),
      (select min(first.since_version) from area_versions as first where first.code = areas.code),
      since_version) as since
    from areas where code = any(${textArray(codes)})`.execute(trx)
  return new Map(rows.map(({ code, since }) => [code, since]))
}
