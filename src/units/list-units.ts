import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { UnitKind } from '../domain/unit.ts'
import { type Unit, unitColumns, unitOf } from './find-units.ts'

/** Where a page of units ends. */
export const unitPosition = z.strictObject({ code: z.string() })

/** A unit as a list shows it: since when it is retired, and the number of its version. */
export interface RevisedUnit extends Omit<Unit, 'retired'> {
  readonly retiredAt: Instant | null
  readonly revision: number
}

export interface UnitQuery {
  /** Only units that serve this area: whose own area it is or lies below. */
  readonly areaCode: string | undefined
  /** Only units of this area's subtree, itself included. */
  readonly within: string | undefined
  readonly kind: UnitKind | undefined
  /** Only units that serve this category, or one above it. */
  readonly categoryCode: string | undefined
  readonly skill: string | undefined
  readonly retired: 'no' | 'yes' | 'any'
  readonly after: z.output<typeof unitPosition> | undefined
  readonly limit: number
}

/** A page of units, by code. */
export async function listUnits(
  db: Kysely<Database>,
  query: UnitQuery,
): Promise<{ items: RevisedUnit[]; next: RevisedUnit | undefined }> {
  const rows = await unitPageQuery(db, query).execute()
  const items = rows.slice(0, query.limit).map(revisedUnitOf)
  return { items, next: rows.length > query.limit ? items.at(-1) : undefined }
}

/** The units of a page, and one more where there is a further page. */
function unitPageQuery(
  db: Kysely<Database>,
  { areaCode, within, kind, categoryCode, skill, retired, after, limit }: UnitQuery,
) {
  let select = db.selectFrom('units').select([...unitColumns, 'revision'])
  if (areaCode !== undefined) {
    select = select.where(
      sql<boolean>`area_code in (select unnest(path) from areas where areas.code = ${areaCode})`,
    )
  }
  if (within !== undefined) {
    select = select.where(
      sql<boolean>`area_code in (select code from areas where path @> array[${within}]::text[])`,
    )
  }
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (categoryCode !== undefined) {
    select = select.where(
      sql<boolean>`(category_codes is null
        or category_codes && (select path from categories where categories.code = ${categoryCode}))`,
    )
  }
  if (skill !== undefined) select = select.where(sql<boolean>`skills @> array[${skill}]::text[]`)
  if (retired !== 'any') select = select.where('retired_at', retired === 'no' ? 'is' : 'is not', null)
  if (after !== undefined) select = select.where('code', '>', after.code)
  return select.orderBy('code').limit(limit + 1)
}

/** One unit, or undefined where there is none. */
export async function findUnit(db: Kysely<Database>, code: string): Promise<RevisedUnit | undefined> {
  const row = await db
    .selectFrom('units')
    .select([...unitColumns, 'revision'])
    .where('code', '=', code)
    .executeTakeFirst()
  return row && revisedUnitOf(row)
}

function revisedUnitOf(row: Parameters<typeof unitOf>[0] & Pick<RevisedUnit, 'revision'>): RevisedUnit {
  const { retired: _retired, ...unit } = unitOf(row)
  return { ...unit, retiredAt: row.retired_at, revision: row.revision }
}
