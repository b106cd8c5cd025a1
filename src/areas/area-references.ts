import type { Kysely, Transaction } from 'kysely'
import type { RowFault } from '../csv/rejected-rows.ts'
import type { Database } from '../database/schema.ts'
import { findPlaces } from './find-places.ts'

/** An area that a row of another registry names. */
export interface AreaReference {
  readonly line: number | null
  readonly column: string
  readonly code: string
  /** The row may go on lying in a retired area; it may not be put there. */
  readonly mayBeRetired?: boolean
}

/**
 * What is wrong with areas that rows name: they do not exist for whoever may change only what lies within one area, or they
 * are retired.
 */
export async function faultsOfAreas(
  trx: Transaction<Database>,
  references: readonly AreaReference[],
  within: string | null,
): Promise<RowFault[]> {
  const places = await findPlaces(trx, [...new Set(references.map(({ code }) => code))])
  return references.flatMap(({ line, column, code, mayBeRetired = false }) => {
    const place = places.get(code)
    const inside = within === null || place?.path.some((node) => node.code === within)
    if (place === undefined || !inside) return [{ line, column, detail: unknownArea }]
    return place.retired && !mayBeRetired ? [{ line, column, detail: retiredArea }] : []
  })
}

export const unknownArea = { zh: '辖区不存在', en: 'There is no such area' }
const retiredArea = { zh: '辖区已撤销', en: 'The area is retired' }

/** Whether an area is the only root of the tree: then whoever keeps it keeps what has no area. */
export async function isOnlyRoot(db: Kysely<Database>, code: string): Promise<boolean> {
  // Two roots are enough to know that none of them is the only one.
  const roots = await db
    .selectFrom('areas')
    .select('code')
    .where('parent_code', 'is', null)
    .where('retired_at', 'is', null)
    .limit(2)
    .execute()
  return roots.length === 1 && roots[0]?.code === code
}
