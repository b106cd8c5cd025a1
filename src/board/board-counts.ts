import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { type PromiseKind, promiseKinds } from '../domain/deadline.ts'
import { openStates } from '../domain/incident-state.ts'
import { standings } from './board-page.ts'
import type { BoardScope } from './board-scope.ts'

/** How many cases of a scope there are, whatever the filter. */
export interface BoardCounts {
  readonly open: number
  readonly redList: number
  readonly byState: Record<string, number>
  readonly byStanding: Record<string, number>
  readonly byPromise: Record<string, number>
  readonly byRung: Record<string, number>
}

interface Group {
  state: string
  standing: number
  promise: PromiseKind | null
  rung: string | null
  red_list: boolean
  count: number
}

/** The statement that counts: it adds up what is counted for each area. */
export function boardCountsSql({ column, codes }: BoardScope) {
  return sql<Group>`
    select state, standing, promise, rung, red_list, sum(cases)::integer as count
    from board_counts where ${sql.ref(column)} = any(${[...codes]}::text[])
    group by state, standing, promise, rung, red_list`
}

export async function countBoard(db: Kysely<Database>, scope: BoardScope): Promise<BoardCounts> {
  const { rows } = await boardCountsSql(scope).execute(db)
  const sum = (of: (group: Group) => boolean) => rows.filter(of).reduce((all, { count }) => all + count, 0)
  const by = <Key extends string>(keys: readonly Key[], keyOf: (group: Group) => string | null | undefined) =>
    Object.fromEntries(keys.map((key) => [key, sum((group) => keyOf(group) === key)]))
  return {
    open: sum(() => true),
    redList: sum(({ red_list }) => red_list),
    byState: by(openStates, ({ state }) => state),
    byStanding: by(standings, ({ standing }) => standings[standing]),
    byPromise: by(promiseKinds, ({ promise }) => promise),
    byRung: by(areaKinds, ({ rung }) => rung),
  }
}

const alike = sql`district_code, area_code, state, standing, promise, rung, red_list`

/**
 * Counts rows of the board, by what they have alike.
 *
 * @param which a condition on `board_cases`
 */
export function countRows(which: RawBuilder<boolean>): RawBuilder<object> {
  return sql`select ${alike}, count(*)::integer as cases from board_cases where ${which} group by ${alike}`
}

/** Changes some rows of the board, and the counts by what that changes. Only one transaction at a time does so. */
export async function countChanges(
  trx: Transaction<Database>,
  which: RawBuilder<boolean>,
  change: () => Promise<void>,
): Promise<void> {
  const { rows: before } = await countRows(which).execute(trx)
  await change()
  await sql`
    insert into board_counts (${alike}, cases)
    select ${alike}, sum(cases) from (
      ${countRows(which)}
      union all
      select ${alike}, -cases from json_to_recordset(${JSON.stringify(before)}::json) as was (district_code text, area_code text,
        state text, standing smallint, promise text, rung text, red_list boolean, cases integer)
    ) as changed
    group by ${alike} having sum(cases) <> 0
    on conflict (${alike}) do update set cases = board_counts.cases + excluded.cases`.execute(trx)
}

/** Counts all rows of the board anew. */
export async function recountBoard(trx: Transaction<Database>): Promise<void> {
  await sql`delete from board_counts`.execute(trx)
  await sql`insert into board_counts ${countRows(sql<boolean>`true`)}`.execute(trx)
}
