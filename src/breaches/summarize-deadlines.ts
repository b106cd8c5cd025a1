import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { type PromiseKind, promiseKinds } from '../domain/deadline.ts'
import { shanghaiZone } from '../wording/shanghai-time.ts'
import { type BreachFilter, matching } from './breach-filter.ts'
import { stillOwed } from './list-breaches.ts'
import type { SummaryGroup, SummaryLevel, SummaryParties } from './summary-view.ts'

/** A city's communities for a quarter fit, at about 250 bytes a group; more is an export, not a summary. */
export const groupsMax = 10_000

export interface SummaryQuery {
  readonly actor: Actor
  readonly filter: BreachFilter
  readonly level: SummaryLevel
  readonly parties: SummaryParties
}

/**
 * Counts the deadlines that the actor may see by area at a level, promise and month.
 *
 * @returns undefined where there are more than `groupsMax` groups.
 */
export async function summarizeDeadlines(
  db: Kysely<Database>,
  query: SummaryQuery,
): Promise<SummaryGroup[] | undefined> {
  const { rows } = await summarySql(query).execute(db)
  return rows.length > groupsMax ? undefined : rows.map(toGroup)
}

interface SummaryRow {
  area_code: string | null
  area_name: string | null
  promise: PromiseKind
  month: string
  due: number
  met: number
  breached: number
  fulfilled_late: number
  open: number
  running: number
  lateness_ms: number[] | null
}

/**
 * Which area stands at the level is looked up by the whole frozen path, once for each path that ever was, and not for
 * each deadline. A path that does not reach the level, or that nothing is known of, is counted under no area: nothing
 * drops out of the sums.
 */
export function summarySql({ actor, filter, level, parties }: SummaryQuery): RawBuilder<SummaryRow> {
  return sql<SummaryRow>`
    with area_at_level as materialized (
      select distinct on (path) path, path[array_position(path_kinds, ${level}::text)] as code
      from area_versions
      order by path, since_version desc
    ), counted as (
      select l.code as area_code, d.promise,
        date_trunc('month', d.due_at at time zone ${shanghaiZone}::text) as month,
        count(*) as due,
        count(*) filter (where d.state = 'met') as met,
        count(*) filter (where d.state = 'breached') as breached,
        count(*) filter (where d.fulfilled_at is not null) as fulfilled_late,
        count(*) filter (where d.state = 'breached' and d.fulfilled_at is null
          and exists (select from incidents i where i.id = d.incident_id and ${stillOwed})) as open,
        count(*) filter (where d.state = 'running') as running,
        percentile_cont(array[0.5, 0.9]) within group (
          order by (extract(epoch from d.fulfilled_at - d.due_at) * 1000)::float8
        ) filter (where d.fulfilled_at is not null) as lateness_ms
      from deadlines d
      left join area_at_level l on l.path = d.area_path
      where d.state <> 'cancelled' and ${ofParties(parties)} and ${matching('d', actor, filter)}
      group by 1, 2, 3
    )
    select area_code, a.name as area_name, promise, to_char(month, 'YYYY-MM') as month, due, met, breached,
      fulfilled_late, open, running, lateness_ms
    from counted
    left join areas a on a.code = area_code
    order by area_code nulls last, array_position(${[...promiseKinds]}::text[], promise), counted.month
    limit ${groupsMax + 1}`
}

function ofParties(parties: SummaryParties): RawBuilder<boolean> {
  switch (parties) {
    case 'area':
      return sql<boolean>`d.rung <> 'unit'`
    case 'unit':
      return sql<boolean>`d.rung = 'unit'`
    case 'all':
      return sql<boolean>`true`
  }
}

function toGroup(row: SummaryRow): SummaryGroup {
  const decided = row.met + row.breached
  const [median, p90] = (row.lateness_ms ?? []).map(Math.round)
  return {
    area: row.area_code === null ? null : { code: row.area_code, name: row.area_name ?? row.area_code },
    promise: row.promise,
    month: row.month,
    due: row.due,
    met: row.met,
    breached: row.breached,
    fulfilledLate: row.fulfilled_late,
    open: row.open,
    running: row.running,
    onTimeRate: decided === 0 ? null : row.met / decided,
    medianLatenessMs: median ?? null,
    p90LatenessMs: p90 ?? null,
  }
}
