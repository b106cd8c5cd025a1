import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { areaCode } from '../areas/area-code.ts'
import { instant } from '../database/clock.ts'
import type { Actor } from '../domain/actor.ts'
import { areaKinds } from '../domain/area.ts'
import { type PromiseKind, promiseKinds, type Rung } from '../domain/deadline.ts'
import type { Instant } from '../domain/instant.ts'
import { unitCode } from '../units/unit-file.ts'
import { bilingual } from '../wording/wording.ts'
import { periodBound } from './period-bound.ts'

export const rungs = [...areaKinds, 'unit'] as const satisfies Rung[]

/** Which breaches or deadlines are asked for. `from` is part of the period and `to` is not. */
export interface BreachFilter {
  readonly areaCode?: string | undefined
  readonly unitCode?: string | undefined
  readonly promise?: PromiseKind | undefined
  readonly rung?: Rung | undefined
  readonly from?: Instant | undefined
  readonly to?: Instant | undefined
}

/** The query parameters of a filter, to be spread into a strict object. */
export const filterQuery = {
  areaCode: areaCode
    .optional()
    .meta({ description: 'Only what lay in the subtree of this area at that time' }),
  unitCode: unitCode.optional().meta({ description: 'Only what this unit was accountable for' }),
  promise: z.enum(promiseKinds).optional().meta({ description: 'Only of this promise' }),
  rung: z.enum(rungs).optional().meta({ description: 'Only at this rung' }),
  from: periodBound
    .optional()
    .meta({ description: 'Due at or after: RFC 3339, or a date, read as midnight in Asia/Shanghai' }),
  to: periodBound
    .optional()
    .meta({ description: 'Due before: RFC 3339, or a date, read as midnight in Asia/Shanghai' }),
}

/** Refuses a period that ends before it begins, which would be answered with nothing. For `.refine` of a query. */
export const periodInOrder: readonly [(filter: BreachFilter) => boolean, { path: string[]; error: string }] =
  [
    ({ from, to }: BreachFilter) => from === undefined || to === undefined || from < to,
    { path: ['to'], error: bilingual('须晚于 from', 'Must be later than from') },
  ]

/**
 * The condition for rows of `breaches` or `deadlines`, under the given alias: what the actor may see and the filter asks
 * for. Scope and subtree follow the area path that was frozen on the row, not the tree as it stands now.
 */
export function matching(table: 'b' | 'd', actor: Actor, filter: BreachFilter): RawBuilder<boolean> {
  const column = (name: string) => sql.ref(`${table}.${name}`)
  // Only roles that belong to an area have access; whoever has none sees nothing.
  if (actor.areaCode === undefined) return sql<boolean>`false`
  const conditions = [sql<boolean>`${column('area_path')} @> ${areasOf(actor, filter)}::text[]`]
  if (filter.unitCode !== undefined) {
    conditions.push(
      sql<boolean>`${column('rung')} = 'unit' and ${column('accountable_code')} = ${filter.unitCode}`,
    )
  }
  if (filter.promise !== undefined) conditions.push(sql<boolean>`${column('promise')} = ${filter.promise}`)
  if (filter.rung !== undefined) conditions.push(sql<boolean>`${column('rung')} = ${filter.rung}`)
  if (filter.from !== undefined) conditions.push(sql<boolean>`${column('due_at')} >= ${instant(filter.from)}`)
  if (filter.to !== undefined) conditions.push(sql<boolean>`${column('due_at')} < ${instant(filter.to)}`)
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}

/** The areas that must all lie on the path of what is asked for. */
export function areasOf(actor: Actor, filter: Pick<BreachFilter, 'areaCode'>): string[] {
  return [actor.areaCode, filter.areaCode].filter((code) => code !== undefined)
}
