import { type Kysely, sql } from 'kysely'
import { rememberRows } from '../audit/registry-heads.ts'
import type { Database } from '../database/schema.ts'
import type { CategoryFacts } from '../domain/context.ts'
import type { Severity } from '../domain/policy.ts'
import type { UnitKind } from '../domain/unit.ts'

/** One node of the tree of what can be reported (事项). */
export interface Category extends CategoryFacts {
  readonly code: string
  readonly parentCode: string | null
  readonly nameZh: string
  readonly nameEn: string
  /** What an incident of this category has by default. */
  readonly severity: Severity
  /** The kind of unit that is competent for it. */
  readonly unitKind: UnitKind
  /** Nothing new is reported under it; cases that are under way go on. */
  readonly retired: boolean
}

export const categoryColumns = [
  'code',
  'parent_code as parentCode',
  'path',
  'name_zh as nameZh',
  'name_en as nameEn',
  'severity',
  'unit_kind as unitKind',
  'admitted_from as admittedFrom',
  sql<boolean>`retired_at is not null`.as('retired'),
] as const

/** Categories by code. Codes of no category are absent. */
export async function findCategories(
  db: Kysely<Database>,
  codes: readonly string[],
): Promise<Map<string, Category>> {
  if (codes.length === 0) return new Map()
  const rows = await db
    .selectFrom('categories')
    .select(categoryColumns)
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .execute()
  return new Map(rows.map((category) => [category.code, category]))
}

/** As many as an import lets in. */
const knownMax = 2_000

/** The same for transactions that have read the registries' heads, at next to no cost. */
export const findKnownCategories = rememberRows('categories', knownMax, findCategories)
