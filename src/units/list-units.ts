import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { UnitKind } from '../domain/unit.ts'
import { type Unit, unitColumns, unitOf } from './find-units.ts'

/** Where a page of units ends. */
export const unitPosition = z.strictObject({ code: z.string() })

export interface UnitQuery {
  /** Only units that serve this area: whose own area it is or lies below. */
  readonly areaCode: string | undefined
  readonly kind: UnitKind | undefined
  readonly after: z.output<typeof unitPosition> | undefined
  readonly limit: number
}

/** A page of units, by code. */
export async function listUnits(
  db: Kysely<Database>,
  { areaCode, kind, after, limit }: UnitQuery,
): Promise<{ items: Unit[]; next: Unit | undefined }> {
  let select = db.selectFrom('units').select(unitColumns)
  if (areaCode !== undefined) {
    select = select.where(
      sql<boolean>`area_code in (select unnest(path) from areas where areas.code = ${areaCode})`,
    )
  }
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (after !== undefined) select = select.where('code', '>', after.code)
  const rows = await select
    .orderBy('code')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit).map(unitOf)
  return { items, next: rows.length > limit ? items.at(-1) : undefined }
}
