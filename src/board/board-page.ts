import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { instant } from '../database/clock.ts'
import type { AreaKind } from '../domain/area.ts'
import type { PromiseKind } from '../domain/deadline.ts'
import type { openStates } from '../domain/incident-state.ts'
import type { Severity } from '../domain/policy.ts'
import type { Occurs } from '../search/find-cases.ts'
import type { BoardScope } from './board-scope.ts'

/** What comes next for a case, the most urgent first. The place in this list is what the table holds. */
export const standings = ['running', 'exhausted', 'paused', 'kept'] as const
export type Standing = (typeof standings)[number]

/** The last instant that JavaScript writes with a year of four digits. */
const instantMax = Date.UTC(10_000, 0, 1) - 1

/** Where a page ends: standing, when it is urgent, and the case. Ascending in all three, and unique together. */
export const boardPosition = z.tuple([
  z
    .int()
    .min(0)
    .max(standings.length - 1),
  z.int().min(0).max(instantMax),
  z.uuid(),
])
export type BoardPosition = z.output<typeof boardPosition>

export interface BoardFilter {
  readonly state?: (typeof openStates)[number] | undefined
  /** Whose next promise is of this kind, or stands at this rung. */
  readonly promise?: PromiseKind | undefined
  readonly rung?: AreaKind | undefined
  readonly standing?: Standing | undefined
  readonly redList?: boolean | undefined
  readonly severity?: Severity | undefined
  readonly unitCode?: string | undefined
  /** The codes of a category and of all below it. */
  readonly categoryCodes?: readonly string[] | undefined
  /** What the texts must hold. */
  readonly occurs?: Occurs | undefined
}

export interface BoardPageQuery {
  readonly scope: BoardScope
  readonly filter: BoardFilter
  readonly after: BoardPosition | undefined
  readonly limit: number
}

/**
 * The rows of a page, the most urgent first, and one more where there is a further page.
 *
 * Each district, or each area below one, is read by itself in that order until it has given a page: so an index ends the
 * search however many cases there are, and nobody has to guess where the most urgent ones lie.
 */
export function boardPageSql({
  scope,
  filter,
  after,
  limit,
}: BoardPageQuery): RawBuilder<{ incident_id: string }> {
  const rows = sql.lit(limit + 1)
  return sql`
    select c.*
    from unnest(${[...scope.codes]}::text[]) as place (code)
    cross join lateral (
      select * from board_cases b
      where b.${sql.ref(scope.column)} = place.code and ${sql.join(conditions(filter, after), sql` and `)}
      order by b.standing, b.urgent_at, b.incident_id limit ${rows}
    ) as c
    order by c.standing, c.urgent_at, c.incident_id limit ${rows}`
}

function conditions(filter: BoardFilter, after: BoardPosition | undefined): RawBuilder<boolean>[] {
  const { state, promise, rung, standing, redList, severity, unitCode, categoryCodes, occurs } = filter
  const asked = [sql<boolean>`true`]
  if (after !== undefined)
    asked.push(
      sql<boolean>`(b.standing, b.urgent_at, b.incident_id) > (${after[0]}::smallint, ${instant(after[1])}, ${after[2]}::uuid)`,
    )
  if (standing !== undefined) asked.push(sql<boolean>`b.standing = ${standings.indexOf(standing)}`)
  if (state !== undefined) asked.push(sql<boolean>`b.state = ${state}`)
  if (promise !== undefined) asked.push(sql<boolean>`b.promise = ${promise}`)
  if (rung !== undefined) asked.push(sql<boolean>`b.rung = ${rung}`)
  if (redList !== undefined) asked.push(sql<boolean>`b.red_list = ${redList}`)
  if (severity !== undefined) asked.push(sql<boolean>`b.severity = ${severity}`)
  if (unitCode !== undefined) asked.push(sql<boolean>`b.unit_codes @> array[${unitCode}]::text[]`)
  if (categoryCodes !== undefined)
    asked.push(sql<boolean>`b.category_code = any(${[...categoryCodes]}::text[])`)
  if (occurs !== undefined) asked.push(occurs(sql.ref('b.incident_id')))
  return asked
}
