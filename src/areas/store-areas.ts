import { sql, type Transaction } from 'kysely'
import { inBatches } from '../batches/in-batches.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { Area } from './area-tree.ts'
import { nodesOf } from './find-places.ts'

/** Rows of one statement: some hundred bytes each, well under any limit of the driver's. */
const batchSizeMax = 5_000

/** The whole tree as it stands, retired areas too, by code. */
export async function loadTree(trx: Transaction<Database>): Promise<Map<string, Area>> {
  const rows = await trx
    .selectFrom('areas')
    .select([
      'code',
      'name',
      'kind',
      'parent_code',
      'path',
      'path_kinds',
      'district_code',
      'retired_at',
      'successor_codes',
    ])
    .execute()
  return new Map(
    rows.map((row) => [
      row.code,
      {
        code: row.code,
        name: row.name,
        kind: row.kind,
        parentCode: row.parent_code,
        path: nodesOf(row.path, row.path_kinds),
        districtCode: row.district_code,
        retired: row.retired_at !== null,
        successorCodes: row.successor_codes,
      },
    ]),
  )
}

/**
 * Makes a new version of the tree out of the areas that changed, and closes their earlier versions. Nothing is ever
 * deleted. The caller holds the lock of the stream `areas`.
 *
 * @returns the tree's new version.
 */
export async function storeAreas(
  trx: Transaction<Database>,
  areas: readonly Area[],
  now: Instant,
): Promise<number> {
  const { version } = await trx
    .updateTable('area_tree')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .returning('version')
    .executeTakeFirstOrThrow()
  for (const batch of inBatches(areas, batchSizeMax)) await storeBatch(trx, batch, version, now)
  return version
}

async function storeBatch(
  trx: Transaction<Database>,
  areas: readonly Area[],
  version: number,
  now: Instant,
): Promise<void> {
  // JSON, because arrays of arrays of different lengths are no array in Postgres.
  const rows = JSON.stringify(
    areas.map((area) => ({
      code: area.code,
      name: area.name,
      kind: area.kind,
      parent_code: area.parentCode,
      path: area.path.map((node) => node.code),
      path_kinds: area.path.map((node) => node.kind),
      district_code: area.districtCode,
      retired: area.retired,
      successor_codes: area.successorCodes,
    })),
  )
  const given = sql`json_to_recordset(${rows}::json) as given (code text, name text, kind text, parent_code text,
    path text[], path_kinds text[], district_code text, retired boolean, successor_codes text[])`
  await sql`
    insert into areas (code, name, kind, parent_code, path, path_kinds, district_code, since_version, retired_at,
      successor_code, successor_codes)
    select code, name, kind, parent_code, path, path_kinds, district_code, ${version}::int,
      case when retired then ${toTimestamp(now)}::timestamptz end, successor_codes[1], successor_codes
    from ${given}
    on conflict (code) do update set name = excluded.name, kind = excluded.kind, parent_code = excluded.parent_code,
      path = excluded.path, path_kinds = excluded.path_kinds, district_code = excluded.district_code,
      since_version = excluded.since_version, successor_code = excluded.successor_code,
      successor_codes = excluded.successor_codes,
      retired_at = case when excluded.retired_at is null then null else coalesce(areas.retired_at, excluded.retired_at) end
  `.execute(trx)
  await trx
    .updateTable('area_versions')
    .set({ until_version: version })
    .where('code', '=', sql<string>`any(${areas.map((area) => area.code)}::text[])`)
    .where('until_version', 'is', null)
    .execute()
  await sql`
    insert into area_versions (code, since_version, since_at, name, kind, parent_code, path, path_kinds, retired,
      successor_codes)
    select code, ${version}::int, ${toTimestamp(now)}::timestamptz, name, kind, parent_code, path, path_kinds, retired,
      successor_codes
    from ${given}
  `.execute(trx)
}
