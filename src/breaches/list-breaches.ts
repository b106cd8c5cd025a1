import { type RawBuilder, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import { type FaultPeriod, findFaultPeriods, isTouched } from '../clock/fault-periods.ts'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { partyAt } from '../incidents/incident-rows.ts'
import { type BreachFilter, matching } from './breach-filter.ts'
import { type BreachNames, createBreachNames } from './breach-names.ts'
import type { Breach, BreachStatus } from './breach-view.ts'
import { stillOwed } from './sum-facts.ts'

/** The last instant that JavaScript writes with a year of four digits, the only ones that Postgres reads back. */
const instantMax = Date.UTC(10_000, 0, 1) - 1

/** Where a page ends: due time, incident and number of the deadline. Descending in all three, and unique together. */
export const breachPosition = z.tuple([z.int().min(0).max(instantMax), z.uuid(), z.int().min(1).max(32_767)])
export type BreachPosition = z.output<typeof breachPosition>

/** Which breaches, the latest due first: those after a position, and so many of them. */
export interface BreachPageQuery {
  readonly actor: Actor
  readonly filter: BreachFilter
  readonly after: BreachPosition | undefined
  readonly limit: number
  /** The areas that matching breaches lie in, where they are few (narrow-places.ts). */
  readonly places?: readonly string[] | undefined
}

export interface BreachPage {
  readonly items: Breach[]
  /** The position of the last row; undefined when there is no further page. */
  readonly next: BreachPosition | undefined
}

/**
 * One page of the breaches that the actor may see, the latest due first: the same few statements, whatever its length.
 * Breaches are immutable, so a walk through the pages meets each one that stood when it began exactly once.
 *
 * @param names what earlier pages have learnt
 */
export async function listBreaches(
  trx: Transaction<Database>,
  query: BreachPageQuery,
  names: BreachNames = createBreachNames(),
): Promise<BreachPage> {
  const { rows } = await breachPageSql(query).execute(trx)
  const page = rows.slice(0, query.limit)
  await names.learn(trx, page)
  const faults = await findFaultPeriods(trx)
  const last = rows.length > query.limit ? page.at(-1) : undefined
  return {
    items: page.map((row) => toBreach(row, names, faults)),
    next: last && [last.due_at, last.incident_id, last.deadline_no],
  }
}

interface BreachRow {
  incident_id: string
  deadline_no: number
  number: string
  area_path: string[]
  tree_version: number
  category_code: string
  promise: PromiseKind
  rung: Rung
  accountable_code: string
  started_at: Instant
  due_at: Instant
  detected_at: Instant
  fulfilled_at: Instant | null
  status: BreachStatus
  outcome: BreachOutcome
  policy_id: string
  /** What stands behind the first key in the event that kept the promise late. */
  told: string | null
  seq: number
  hash: string | null
  prolonged_ms: number
  paused_ms: number
  extended_ms: number
  urges: number
  handed_over: boolean
}

/** A page as it is listed. */
export function breachPageSql(query: BreachPageQuery): RawBuilder<BreachRow> {
  return sql<BreachRow>`
    select b.incident_id, b.deadline_no, b.number, b.area_path, b.tree_version, b.category_code, b.promise, b.rung,
      b.accountable_code, b.started_at, b.due_at, b.detected_at, d.fulfilled_at, d.prolonged_ms, d.paused_ms, d.extended_ms,
      d.urges, d.handed_from is not null as handed_over, ${status} as status,
      b.outcome, b.policy_id, b.seq, ${told} as told, ${hash} as hash
    ${breachPage(query)}`
}

/**
 * What a page is read from, and in which order: breaches `b` with their `stream`, and their deadlines `d`. One row more than
 * the limit tells that there is a further page.
 *
 * The page is cut before anything is joined to it, so that the order of the index ends the search. Events are looked up one
 * by one: joined, Postgres would read all of them for a page of an export. A breach also stays in the report where someone
 * did away with its event.
 */
export function breachPage(query: BreachPageQuery): RawBuilder<unknown> {
  const { actor, filter, after, limit, places } = query
  const there =
    places === undefined
      ? sql`true`
      : sql`b.area_path[cardinality(b.area_path)] = any(${[...places]}::text[])`
  const behind =
    after === undefined
      ? sql`true`
      : sql`(b.due_at, b.incident_id, b.deadline_no) < (${instant(after[0])}, ${after[1]}::uuid, ${after[2]}::smallint)`
  return sql`
    from (
      select b.*, 'incident/' || b.incident_id as stream
      from breaches b
      where ${matching('b', actor, filter)} and ${there} and ${behind}
      order by b.due_at desc, b.incident_id desc, b.deadline_no desc
      limit ${limit + 1}
    ) b
    join deadlines d on d.incident_id = b.incident_id and d.no = b.deadline_no
    order by b.due_at desc, b.incident_id desc, b.deadline_no desc`
}

/** What became of a promise (BreachStatus). */
export const status = sql`case when d.fulfilled_at is not null then 'fulfilled'
  when exists (select from incidents i where i.id = b.incident_id and ${stillOwed}) then 'open'
  else 'ended' end`

const firstKey = 'occurredAt'

/**
 * Of the event that kept a promise late, what stands behind the first of the keys that are asked for (toldBy): expressions
 * that Postgres matches against whole events take it longer than all the rest of the page.
 */
export const told = sql`(select split_part(keeping.body, ${sql.lit(`"${firstKey}":`)}, 2)
  from events keeping where keeping.stream = b.stream and keeping.seq = d.fulfilled_seq)`

/** Of the event that tells of the breach; null where it is gone. */
export const hash = sql`(select encode(breaching.hash, 'hex')
  from events breaching where breaching.stream = b.stream and breaching.seq = b.seq)`

const claimed = /^([0-9]{1,15})[,}]/
const requested = /"requestedAt":([0-9]{1,15})[,}]/

/**
 * What the keeping event tells, cut from its canonical text, in which a quoted key can stand nowhere else and keys stand in
 * the order of the alphabet. A damaged event cannot fail the report.
 */
export function toldBy(text: string | null): { claimedAt: Instant | null; requestedAt: Instant | null } {
  const find = (pattern: RegExp): Instant | null => {
    const digits = text === null ? undefined : pattern.exec(text)?.[1]
    return digits === undefined ? null : Number(digits)
  }
  return { claimedAt: find(claimed), requestedAt: find(requested) }
}

function toBreach(row: BreachRow, names: BreachNames, faults: readonly FaultPeriod[]): Breach {
  const { tree_version: version, accountable_code: code } = row
  const { claimedAt, requestedAt } = toldBy(row.told)
  return {
    incidentId: row.incident_id,
    deadlineNo: row.deadline_no,
    number: row.number,
    areaPath: names.path(row.area_path, version),
    category: { code: row.category_code, ...names.category(row.category_code) },
    promise: row.promise,
    rung: row.rung,
    accountable: {
      ...partyAt(row.rung, code),
      name: row.rung === 'unit' ? names.unit(code) : names.area(code, version),
    },
    startedAt: row.started_at,
    dueAt: row.due_at,
    detectedAt: row.detected_at,
    lagMs: row.detected_at - row.due_at,
    fulfilledAt: row.fulfilled_at,
    latenessMs: row.fulfilled_at === null ? null : row.fulfilled_at - row.due_at,
    status: row.status,
    outcome: row.outcome,
    policy: { id: row.policy_id, ...names.policy(row.policy_id) },
    requestInTimeAt: inTime(requestedAt, row.due_at),
    claimedAt,
    event: { stream: `incident/${row.incident_id}`, seq: row.seq, hash: row.hash },
    prolongedMs: row.prolonged_ms,
    clockFault: isTouched(faults, row.started_at, row.detected_at),
    pausedMs: row.paused_ms,
    extendedMs: row.extended_ms,
    urges: row.urges,
    handedOver: row.handed_over,
  }
}

/**
 * The request that kept a promise late, where it had reached the server in time: a ground for excusal
 * (docs/domain.md, Time).
 */
export function inTime(requestedAt: Instant | null, dueAt: Instant): Instant | null {
  return requestedAt !== null && requestedAt <= dueAt ? requestedAt : null
}
