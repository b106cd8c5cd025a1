import { type Kysely, type Selectable, sql } from 'kysely'
import { rememberRows } from '../audit/registry-heads.ts'
import type { UnitTable } from '../database/registry-tables.ts'
import type { Database } from '../database/schema.ts'
import type { UnitFacts } from '../domain/unit.ts'

/** An organisation that can be whistled (单位). */
export interface Unit extends UnitFacts {
  readonly name: string
  /** What it can do, as a volunteer team says of itself. */
  readonly skills: readonly string[]
}

/** Units by code. Codes of no unit are absent. */
export async function findUnits(db: Kysely<Database>, codes: readonly string[]): Promise<Map<string, Unit>> {
  if (codes.length === 0) return new Map()
  const rows = await db
    .selectFrom('units')
    .select(unitColumns)
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(rows.map((row) => [row.code, unitOf(row)]))
}

export const unknownUnit = { zh: '单位不存在', en: 'There is no such unit' }

export const unitColumns = [
  'code',
  'name',
  'kind',
  'area_code',
  'category_codes',
  'skills',
  'retired_at',
] as const

export function unitOf(row: Pick<Selectable<UnitTable>, (typeof unitColumns)[number]>): Unit {
  return {
    code: row.code,
    name: row.name,
    kind: row.kind,
    areaCode: row.area_code,
    categoryCodes: row.category_codes,
    skills: row.skills,
    retired: row.retired_at !== null,
  }
}

/** A district has some hundred units. */
const knownMax = 10_000

/** The same for transactions that have read the registries' heads, at next to no cost. */
export const findKnownUnits = rememberRows('units', knownMax, findUnits)
