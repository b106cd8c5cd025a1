import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/instant.ts'
import type { InboxParty } from './inbox-party.ts'

/**
 * What somebody has to do: keep a promise, and then resolve the case, or keep one that was broken at the top and is still owed; do
 * what was assigned to them, rule on a return, decide on a request for relief. A thing is one row: the clock of an assignment is
 * the assignment's.
 */
export const inboxKinds = ['deadline', 'red_list', 'assignment', 'return', 'relief'] as const
export type InboxKind = (typeof inboxKinds)[number]

/** Where a row stands in an inbox: what is due first comes first, and what has no clock to keep any more last. */
export interface InboxPosition {
  readonly dueAt: Instant | null
  readonly incidentId: string
  readonly kind: InboxKind
  readonly no: number
}

/** Which of the rows that belong to somebody are wanted. */
export interface InboxPart {
  /** The first rows of the inbox, after a position. */
  readonly after: InboxPosition | undefined
  readonly limit: number
  /** Of these incidents alone; of all unless given. */
  readonly incidentIds?: readonly string[]
}

/** The states of a clock that has not been settled. */
export const live = sql`('running', 'paused')`

/** The party's codes, each with the ladders of the cases in which the actor keeps its promises, and does what it was assigned. */
export function codesOf({ acting, assigned }: InboxParty): RawBuilder<unknown> {
  const codes = [...new Set(assigned.map(({ code }) => code))]
  const laddersIn = (all: InboxParty['acting']) => codes.map((code) => laddersOf(all, code))
  return sql`(select code, string_to_array(promised, '|') as promised, string_to_array(assigned, '|') as assigned
    from unnest(${codes}::text[], ${laddersIn(acting)}::text[], ${laddersIn(assigned)}::text[])
      as each (code, promised, assigned)) as own`
}

/** The ladders of one code, separated by bars. */
function laddersOf(all: InboxParty['acting'], code: string): string {
  return all
    .filter((one) => one.code === code)
    .map(({ ladder }) => ladder)
    .join('|')
}

/** Whether a case of some policy climbs one of these ladders. */
export function climbs(policyId: string, ladders: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`
    (select array_to_string(ladder, ',') from policies where policies.id = ${sql.ref(policyId)}) = any(${ladders})`
}

export function ofIncidents(incidentId: string, { incidentIds }: InboxPart): RawBuilder<boolean> {
  return incidentIds === undefined
    ? sql<boolean>`true`
    : sql<boolean>`${sql.ref(incidentId)} = any(${incidentIds}::uuid[])`
}

export function afterPosition({ after }: InboxPart, dueAt: RawBuilder<unknown>, rest: RawBuilder<unknown>) {
  if (after === undefined) return sql<boolean>`true`
  const due = after.dueAt === null ? 'infinity' : new Date(after.dueAt).toISOString()
  return sql<boolean>`${dueAt} >= ${due}::timestamptz
    and (${dueAt}, ${rest}) > (${due}::timestamptz, ${after.incidentId}::uuid, ${after.kind}::text, ${after.no}::integer)`
}
