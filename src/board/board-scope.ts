import { sql, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'

/** Where a desk looks: whole districts, or areas below one. Each index of the board has one of them in front. */
export interface BoardScope {
  readonly column: 'district_code' | 'area_code'
  readonly codes: readonly string[]
  /** The districts that it lies in. */
  readonly districts: readonly string[]
}

const nowhere: BoardScope = { column: 'area_code', codes: [], districts: [] }

/**
 * The actor's subtree, or the part of it below an area that is asked for; nothing where that lies elsewhere. An open case
 * stays in its district (re-parenting across districts is refused), so a district's cases are those that carry its code.
 *
 * @param areaCode undefined for the whole subtree
 */
export async function findBoardScope(
  trx: Transaction<Database>,
  actor: Actor,
  areaCode: string | undefined,
): Promise<BoardScope> {
  if (actor.areaCode === undefined || actor.role === 'resident') return nowhere
  const { rows } = await sql<{ code: string; district_code: string | null; is_top: boolean }>`
    select a.code, a.district_code, top.code = a.code as is_top
    from areas top join areas a on a.path @> array[top.code]
    where top.code = ${areaCode ?? actor.areaCode} and top.path @> array[${actor.areaCode}]::text[]`.execute(
    trx,
  )
  const top = rows.find(({ is_top }) => is_top)
  if (top === undefined) return nowhere
  const districts = [...new Set(rows.flatMap(({ district_code }) => district_code ?? []))]
  return top.district_code === null || top.district_code === top.code
    ? { column: 'district_code', codes: districts, districts }
    : { column: 'area_code', codes: rows.map(({ code }) => code), districts }
}
