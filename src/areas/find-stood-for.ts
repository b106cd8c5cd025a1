import { sql, type Transaction } from 'kysely'
import { rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'

/**
 * At whose place each of some areas may stand now: those that once stood above an area that lies in it now, and do not any more.
 * Nobody's, as long as no area has moved.
 */
async function findStoodFor(
  trx: Transaction<Database>,
  codes: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ code: string; former: string[] }>`
    select own.code, array(
      select distinct former.code from areas
      join area_versions on area_versions.code = areas.code and until_version is not null
      cross join lateral unnest(area_versions.path) as former (code)
      where areas.path @> array[own.code] and not areas.path @> array[former.code]) as former
    from unnest(${codes}::text[]) as own (code)`.execute(trx)
  return new Map(rows.map(({ code, former }) => [code, former]))
}

/** As many areas as a city has, of which hardly any stands for another. */
const areasMax = 20_000

/** The same for transactions that have read the registries' heads, read once for each state of the tree. */
export const findKnownStoodFor = rememberRows('areas', areasMax, findStoodFor)
