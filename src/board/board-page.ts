import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { uuidArray } from '../database/array-parameters.ts'
import { instant } from '../database/clock.ts'
import type { BoardCaseTable } from '../database/schema.ts'
import type { AreaKind } from '../domain/area.ts'
import type { PromiseKind } from '../domain/deadline.ts'
import type { openStates } from '../domain/incident-state.ts'
import type { Severity } from '../domain/policy.ts'
import type { FoundCases } from '../search/find-cases.ts'
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
  /** The codes of a category and of all below it. */
  readonly categoryCodes?: readonly string[] | undefined
  /** Only among these: what is assigned to a unit, what holds some text. */
  readonly among?: readonly FoundCases[] | undefined
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
 * search however many cases there are, and nobody has to guess where the most urgent ones lie. Only where cases are named,
 * which are few then, is each of them looked up. What decides stands in the index; the rows are read for the page alone, whose
 * limit keeps Postgres from joining anything to all of them.
 */
export function boardPageSql({ scope, filter, after, limit }: BoardPageQuery): RawBuilder<BoardCaseTable> {
  const rows = sql.lit(limit + 1)
  const column = sql.ref(`b.${scope.column}`)
  const codes = sql`${[...scope.codes]}::text[]`
  const named = namedIn(filter.among ?? [])
  const asked = sql.join([sql`true`, ...conditions(filter), ...behind(after)], sql` and `)
  const found =
    named === undefined
      ? sql`
        unnest(${codes}) as place (code)
        cross join lateral (
          select b.incident_id, b.standing, b.urgent_at from board_cases b
          where ${column} = place.code and ${asked}
          order by b.standing, b.urgent_at, b.incident_id limit ${rows}
        ) as k`
      : sql`
        (select b.incident_id, b.standing, b.urgent_at from board_cases b
          where b.incident_id = any(${uuidArray(named)}) and ${column} = any(${codes}) and ${asked}) as k`
  return sql`
    select c.* from (
      select k.incident_id from ${found} order by k.standing, k.urgent_at, k.incident_id limit ${rows}
    ) as page
    join board_cases c on c.incident_id = page.incident_id
    limit ${rows}`
}

/** The cases that are named by all that names some; undefined where nothing does. */
function namedIn(among: readonly FoundCases[]): readonly string[] | undefined {
  const [first, ...others] = among.flatMap((found) => ('ids' in found ? [found.ids] : []))
  return first?.filter((id) => others.every((ids) => ids.includes(id)))
}

function behind(after: BoardPosition | undefined): RawBuilder<boolean>[] {
  if (after === undefined) return []
  const [standing, urgentAt, id] = after
  return [
    sql<boolean>`(b.standing, b.urgent_at, b.incident_id) > (${standing}::smallint, ${instant(urgentAt)}, ${id}::uuid)`,
  ]
}

function conditions({
  state,
  promise,
  rung,
  standing,
  redList,
  severity,
  categoryCodes,
  among = [],
}: BoardFilter): RawBuilder<boolean>[] {
  const asked = among.flatMap((found) => ('occurs' in found ? [found.occurs(sql.ref('b.incident_id'))] : []))
  if (standing !== undefined) asked.push(sql<boolean>`b.standing = ${standings.indexOf(standing)}`)
  if (state !== undefined) asked.push(sql<boolean>`b.state = ${state}`)
  if (promise !== undefined) asked.push(sql<boolean>`b.promise = ${promise}`)
  if (rung !== undefined) asked.push(sql<boolean>`b.rung = ${rung}`)
  if (redList !== undefined) asked.push(sql<boolean>`b.red_list = ${redList}`)
  if (severity !== undefined) asked.push(sql<boolean>`b.severity = ${severity}`)
  if (categoryCodes !== undefined)
    asked.push(sql<boolean>`b.category_code = any(${[...categoryCodes]}::text[])`)
  return asked
}
