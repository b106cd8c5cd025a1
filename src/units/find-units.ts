import { type Kysely, sql } from 'kysely'
import { rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { UnitFacts } from '../domain/unit.ts'

/** An organisation that can be whistled (单位). */
export interface Unit extends UnitFacts {
  readonly name: string
}

/** Units by code. Codes of no unit are absent. */
export async function findUnits(db: Kysely<Database>, codes: readonly string[]): Promise<Map<string, Unit>> {
  if (codes.length === 0) return new Map()
  const rows = await db
    .selectFrom('units')
    .select(['code', 'name', 'kind', 'area_code', 'category_codes', 'retired_at'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(
    rows.map(
      ({ code, name, kind, area_code: areaCode, category_codes: categoryCodes, retired_at: retiredAt }) => [
        code,
        { code, name, kind, areaCode, categoryCodes, retired: retiredAt !== null },
      ],
    ),
  )
}

/** A district has some hundred units. */
const knownMax = 10_000

/** The same for transactions that have read the registries' heads, at next to no cost. */
export const findKnownUnits = rememberRows('units', knownMax, findUnits)
