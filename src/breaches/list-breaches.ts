import { type Kysely, type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { PromiseKind, Rung } from '../domain/deadline.ts'
import type { BreachOutcome } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { partyAt } from '../incidents/load-incidents.ts'
import { type BreachFilter, matching } from './breach-filter.ts'
import type { Breach, BreachStatus } from './breach-view.ts'
import { stillOwed } from './sum-facts.ts'

/** The last instant that JavaScript writes with a year of four digits, the only ones that Postgres reads back. */
const instantMax = Date.UTC(10_000, 0, 1) - 1

/** Where a page ends: due time, incident and number of the deadline. Descending in all three, and unique together. */
export const breachPosition = z.tuple([z.int().min(0).max(instantMax), z.uuid(), z.int().min(1).max(32_767)])
export type BreachPosition = z.output<typeof breachPosition>

export interface BreachPageQuery {
  readonly actor: Actor
  readonly filter: BreachFilter
  readonly after: BreachPosition | undefined
  readonly limit: number
}

export interface BreachPage {
  readonly items: Breach[]
  /** The position of the last row; undefined when there is no further page. */
  readonly next: BreachPosition | undefined
}

/**
 * One page of the breaches that the actor may see, the latest due first. One statement, whatever the page's length.
 * Breaches are immutable, so a walk through the pages meets each one that stood when it began exactly once.
 */
export async function listBreaches(db: Kysely<Database>, query: BreachPageQuery): Promise<BreachPage> {
  const { rows } = await breachPageSql(query).execute(db)
  const items = rows.slice(0, query.limit).map(toBreach)
  const last = rows.length > query.limit ? items.at(-1) : undefined
  return { items, next: last && [last.dueAt, last.incidentId, last.deadlineNo] }
}

interface BreachRow {
  incident_id: string
  deadline_no: number
  number: string
  area_path: string[]
  area_names: string[]
  category_code: string
  name_zh: string
  name_en: string
  promise: PromiseKind
  rung: Rung
  accountable_code: string
  accountable_name: string
  started_at: Instant
  due_at: Instant
  detected_at: Instant
  fulfilled_at: Instant | null
  status: BreachStatus
  outcome: BreachOutcome
  policy_id: string
  policy_code: string
  policy_version: number
  requested_at: number | null
  claimed_at: number | null
  stream: string
  seq: number
  hash: string | null
}

/**
 * The page is cut before anything is joined to it, so that the order of the index ends the search. Events and names are
 * sub-queries, which are looked up one by one: joined, Postgres would read all of them for a page of an export. A breach
 * also stays in the report where someone did away with its event. What the keeping event tells is cut from its canonical
 * text, in which a quoted key can stand nowhere else, so that a damaged event cannot fail the report.
 */
export function breachPageSql({ actor, filter, after, limit }: BreachPageQuery): RawBuilder<BreachRow> {
  const behind =
    after === undefined
      ? sql`true`
      : sql`(b.due_at, b.incident_id, b.deadline_no) < (${instant(after[0])}, ${after[1]}::uuid, ${after[2]}::smallint)`
  return sql<BreachRow>`
    with page as materialized (
      select b.*, 'incident/' || b.incident_id as stream
      from breaches b
      where ${matching('b', actor, filter)} and ${behind}
      order by b.due_at desc, b.incident_id desc, b.deadline_no desc
      limit ${limit + 1}
    )
    select b.incident_id, b.deadline_no, b.number, b.area_path, places.area_names, b.category_code, c.name_zh,
      c.name_en, b.promise, b.rung, b.accountable_code,
      coalesce(u.name, accountable.name, b.accountable_code) as accountable_name,
      b.started_at, b.due_at, b.detected_at, d.fulfilled_at,
      case when d.fulfilled_at is not null then 'fulfilled' when ${stillOwed} then 'open' else 'ended' end as status,
      b.outcome, b.policy_id, p.code as policy_code, p.version as policy_version, keeping.claimed_at, keeping.requested_at,
      b.stream, b.seq,
      (select encode(breaching.hash, 'hex')
        from events breaching where breaching.stream = b.stream and breaching.seq = b.seq) as hash
    from page b
    join deadlines d on d.incident_id = b.incident_id and d.no = b.deadline_no
    join incidents i on i.id = b.incident_id
    join policies p on p.id = b.policy_id
    join categories c on c.code = b.category_code
    left join units u on b.rung = 'unit' and u.code = b.accountable_code
    left join area_versions accountable on b.rung <> 'unit' and accountable.code = b.accountable_code
      and ${standing('accountable')}
    left join lateral (
      select substring(body from '"occurredAt":([0-9]{1,15})[,}]')::bigint as claimed_at,
        substring(body from '"requestedAt":([0-9]{1,15})[,}]')::bigint as requested_at
      from events where events.stream = b.stream and events.seq = d.fulfilled_seq
    ) keeping on true
    cross join lateral (
      select array_agg(coalesce(
        (select named.name from area_versions named where named.code = step.code and ${standing('named')}), step.code
      ) order by step.place) as area_names
      from unnest(b.area_path) with ordinality as step (code, place)
    ) places
    order by b.due_at desc, b.incident_id desc, b.deadline_no desc`
}

/** The version of an area that stood in the tree that the breach recorded. */
function standing(version: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(`${version}.since_version`)} <= b.tree_version
    and (${sql.ref(`${version}.until_version`)} is null or ${sql.ref(`${version}.until_version`)} > b.tree_version)`
}

function toBreach(row: BreachRow): Breach {
  return {
    incidentId: row.incident_id,
    deadlineNo: row.deadline_no,
    number: row.number,
    areaPath: row.area_path.map((code, index) => ({ code, name: row.area_names[index] ?? code })),
    category: { code: row.category_code, nameZh: row.name_zh, nameEn: row.name_en },
    promise: row.promise,
    rung: row.rung,
    accountable: { ...partyAt(row.rung, row.accountable_code), name: row.accountable_name },
    startedAt: row.started_at,
    dueAt: row.due_at,
    detectedAt: row.detected_at,
    lagMs: row.detected_at - row.due_at,
    fulfilledAt: row.fulfilled_at,
    latenessMs: row.fulfilled_at === null ? null : row.fulfilled_at - row.due_at,
    status: row.status,
    outcome: row.outcome,
    policy: { id: row.policy_id, code: row.policy_code, version: row.policy_version },
    // The request that kept the promise late had reached the server in time: a ground for excusal (domain.md, Time).
    requestInTimeAt: row.requested_at !== null && row.requested_at <= row.due_at ? row.requested_at : null,
    claimedAt: row.claimed_at,
    event: { stream: row.stream, seq: row.seq, hash: row.hash },
  }
}
