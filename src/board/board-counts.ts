import { type Kysely, sql } from 'kysely'
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

/** The statement that counts: it reads nothing but an index. */
export function boardCountsSql({ column, codes }: BoardScope) {
  return sql<Group>`
    select state, standing, promise, rung, red_list, count(*)::integer as count
    from board_cases where ${sql.ref(column)} = any(${[...codes]}::text[])
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

/** Up to so many cases are counted for every look, which takes some thousandths of a second. */
const smallMax = 5_000
/** Scopes whose counts are remembered at the most; then all are counted anew. */
const scopesMax = 1_000

/**
 * Counts a large scope at most once in a while, however many desks look at it: a hundred thousand cases are counted in some
 * hundredths of a second, which is short for a second and long for every look.
 */
export function createBoardCounter(keptMs: number): typeof countBoard {
  const known = new Map<string, { readonly counts: BoardCounts; readonly until: number }>()
  return async (db, scope) => {
    const key = `${scope.column} ${scope.codes.join(' ')}`
    const now = performance.now()
    const kept = known.get(key)
    if (kept !== undefined && now < kept.until) return kept.counts
    const counts = await countBoard(db, scope)
    if (known.size >= scopesMax) known.clear()
    if (counts.open > smallMax) known.set(key, { counts, until: now + keptMs })
    return counts
  }
}
