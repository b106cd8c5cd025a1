import { sql, type Transaction } from 'kysely'
import { rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { AreaKind, AreaNode, Place } from '../domain/area.ts'

/** A place, with what is known of the area whose it is; a path ends elsewhere where another area took over (area-tree.ts). */
export interface AreaPlace extends Place {
  readonly name: string
  /** The district on the way up, or the area itself; null for a city. */
  readonly districtCode: string | null
  /** Nothing new may happen in a retired area; what is open there goes on, where its path leads. */
  readonly retired: boolean
}

/**
 * Where areas lie in the tree as it stands, by code. Path and version of the tree come from one snapshot, so nobody can
 * ever record a path together with the version of another tree. Codes of no area are absent from the answer.
 */
export async function findPlaces(
  trx: Transaction<Database>,
  codes: readonly string[],
): Promise<Map<string, AreaPlace>> {
  if (codes.length === 0) return new Map()
  const rows = await trx
    .selectFrom('areas')
    .innerJoin('area_tree', (join) => join.onTrue())
    .select(['code', 'name', 'path', 'path_kinds', 'district_code', 'retired_at', 'version'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(
    rows.map((row) => [
      row.code,
      {
        path: nodesOf(row.path, row.path_kinds),
        treeVersion: row.version,
        name: row.name,
        districtCode: row.district_code,
        retired: row.retired_at !== null,
      },
    ]),
  )
}

/** A city has some ten thousand grids; with its path a place takes about 1 KB. */
const placesMax = 20_000

/** The same for transactions that have read the registries' heads, at next to no cost. */
export const findKnownPlaces = rememberRows('areas', placesMax, findPlaces)

/** The nodes of a stored path, whose codes and kinds stand in two arrays of one length. */
export function nodesOf(codes: readonly string[], kinds: readonly AreaKind[]): AreaNode[] {
  return codes.map((code, index) => {
    const kind = kinds[index]
    if (kind === undefined) throw new Error(`The path of ${codes.at(-1)} has no kind for ${code}`)
    return { code, kind }
  })
}
