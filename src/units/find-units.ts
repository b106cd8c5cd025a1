import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { UnitKind } from '../domain/unit.ts'

/** An organisation that can be whistled (单位). */
export interface Unit {
  readonly code: string
  readonly name: string
  readonly kind: UnitKind
  /** The top of the subtree that it serves. */
  readonly areaCode: string
}

/** Units by code. Codes of no unit are absent. */
export async function findUnits(db: Kysely<Database>, codes: readonly string[]): Promise<Map<string, Unit>> {
  if (codes.length === 0) return new Map()
  const rows = await db
    .selectFrom('units')
    .select(['code', 'name', 'kind', 'area_code as areaCode'])
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(rows.map((unit) => [unit.code, unit]))
}
