import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { AreaKind } from '../domain/area.ts'

/** Where a page of areas ends. */
export const areaPosition = z.strictObject({ code: z.string() })

export const areaColumns = [
  'code',
  'name',
  'kind',
  'parent_code as parentCode',
  'district_code as districtCode',
  'retired_at as retiredAt',
  'successor_code as successorCode',
  'successor_codes as successorCodes',
  'since_version as revision',
] as const

export interface AreaQuery {
  readonly parentCode: string | undefined
  readonly kind: AreaKind | undefined
  /** The subtree of this area, itself included. */
  readonly within: string | undefined
  /** A part of the name. */
  readonly name: string | undefined
  readonly retired: 'no' | 'yes' | 'any'
  readonly after: z.output<typeof areaPosition> | undefined
  readonly limit: number
}

/** A page of areas, by code. */
export async function listAreas(db: Kysely<Database>, query: AreaQuery) {
  const { limit } = query
  const rows = await areaPageQuery(db, query).execute()
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? items.at(-1) : undefined }
}

/** The areas of a page, and one more where there is a further page. */
export function areaPageQuery(db: Kysely<Database>, query: AreaQuery) {
  const { parentCode, kind, within, name, retired, after, limit } = query
  let select = db.selectFrom('areas').select(areaColumns)
  if (parentCode !== undefined) select = select.where('parent_code', '=', parentCode)
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (within !== undefined) select = select.where(sql<boolean>`path @> array[${within}]::text[]`)
  if (name !== undefined) {
    // The index knows which names hold these characters, wherever they stand; in few of them they stand otherwise.
    select = select
      .where(sql<boolean>`string_to_array(name, null) @> string_to_array(${name}, null)`)
      .where(sql<boolean>`strpos(name, ${name}) > 0`)
  }
  if (retired !== 'any') select = select.where('retired_at', retired === 'no' ? 'is' : 'is not', null)
  if (after !== undefined) select = select.where('code', '>', after.code)
  return select.orderBy('code').limit(limit + 1)
}
