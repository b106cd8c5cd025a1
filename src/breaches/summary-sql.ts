import { type RawBuilder, sql } from 'kysely'
import { instant } from '../database/clock.ts'
import type { Actor } from '../domain/actor.ts'
import { type PromiseKind, promiseKinds } from '../domain/deadline.ts'
import { areasOf, type BreachFilter, matching } from './breach-filter.ts'
import { countSums, counts, levelsOf } from './sum-facts.ts'
import type { Period } from './summary-period.ts'
import type { SummaryLevel, SummaryParties } from './summary-view.ts'

/** A city's communities for a quarter fit, at about 250 bytes a group; more is an export, not a summary. */
export const groupsMax = 10_000

export interface SummaryQuery {
  readonly actor: Actor
  readonly filter: Omit<BreachFilter, 'from' | 'to'> & Period
  readonly level: SummaryLevel
  readonly parties: SummaryParties
}

export interface SummaryRow {
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
  /** How late each was that was kept after all, in ms, with commas between; null where none was. */
  lateness_ms: string | null
}

/**
 * The summary, read from sums as far as they go and for the rest from the deadlines themselves: the ends of the period that
 * are no whole days, the present days, and those with a mark (sum-up-days.ts). One statement, so that sums and marks are of
 * one snapshot.
 *
 * @param from 'deadlines' reads nothing but them. It is the slow way to the very same rows, as a test can show.
 */
export function summarySql(query: SummaryQuery, from: 'sums' | 'deadlines' = 'sums'): RawBuilder<SummaryRow> {
  const { actor, filter, level, parties } = query
  const begin = instant(filter.from)
  const end = instant(filter.to)
  return sql<SummaryRow>`
    with progress as materialized (
      select p.summed_before from sums_progress p join area_tree t on t.version = p.tree_version
      where ${from === 'sums' ? coveredBySums(query) : sql`false`}
    ), days as materialized (
      select day::date as day, date_trunc('month', day)::date as month, greatest(${begin}, starts) as starts, least(${end}, ends) as ends,
        starts >= ${begin} and ends <= ${end} and ends <= coalesce((select summed_before from progress), '-infinity')
          and not exists (select from sums_marks m where m.day = every.day::date) as summed
      from (
        select day, day at time zone 'Asia/Shanghai' as starts,
          (day + interval '1 day') at time zone 'Asia/Shanghai' as ends
        from generate_series((${begin} at time zone 'Asia/Shanghai')::date::timestamp,
          ${end} at time zone 'Asia/Shanghai' - interval '1 ms', interval '1 day') as day
      ) as every
    ), months as materialized (
      -- Whose sum is of these very days.
      select month from days where summed
      group by month having count(*) = least((month + interval '1 month')::date,
        (select (summed_before at time zone 'Asia/Shanghai')::date from progress)) - month
    ), spans as materialized (
      select 'month' as span, month as since, month from months
      union all
      select 'day', day, month from days where summed and month not in (select month from months)
    ), facts as (
      select ${sumLevel(level) ?? sql`null`} as area_code, s.promise, spans.month, s.due, s.met, s.breached,
        s.fulfilled_late, s.open, s.running, s.lateness_ms
      from spans join deadline_sums s using (span, since)
      where ${ofParties('s', parties)} and ${ofSums(query)}
      union all
      select levels.${sql.ref(level)}, promise, month, due, met, breached, fulfilled_late, open, running, lateness_ms
      from (
        select day.month, area_path, promise, ${countSums}, string_agg(lateness_ms::text, ',') as lateness_ms
        from days day
        cross join lateral (
          select d.promise, d.area_path, ${counts}
          from deadlines d
          where d.due_at >= day.starts and d.due_at < day.ends and (d.state <> 'cancelled') is true
            and ${ofParties('d', parties)} and ${matching('d', actor, { ...filter, from: undefined, to: undefined })}
          -- Day by day, by the index of due times, whose condition stands above word by word: the planner knows nothing of
          -- how many days there are.
          offset 0
        ) as facts
        where not day.summed
        group by day.month, area_path, promise
      ) as live
      left join lateral (${levelsOf('live.area_path')}) as levels on true
    ), counted as (
      select area_code, promise, month, ${countSums}, string_agg(lateness_ms, ',') as lateness_ms
      from facts group by area_code, promise, month
    )
    select area_code, a.name as area_name, promise, to_char(month, 'YYYY-MM') as month, due, met, breached,
      fulfilled_late, open, running, lateness_ms
    from counted
    left join areas a on a.code = area_code
    order by area_code nulls last, array_position(${[...promiseKinds]}::text[], promise), counted.month
    limit ${groupsMax + 1}`
}

/** Sums tell nothing below the street, and nothing of single units. */
function coveredBySums({ actor, filter, level }: SummaryQuery): RawBuilder<boolean> {
  if (sumLevel(level) === undefined || filter.unitCode !== undefined) return sql<boolean>`false`
  // An area that once was a community or a grid may stand below the street in paths of that time.
  return sql<boolean>`not exists (
    select from area_versions v
    where v.code = any(${areasOf(actor, filter)}::text[]) and v.kind not in ('street', 'district', 'city'))`
}

/** The column of the sums that holds the area at a level. */
function sumLevel(level: SummaryLevel): RawBuilder<string> | undefined {
  switch (level) {
    case 'city':
    case 'district':
    case 'street':
      return sql<string>`s.${sql.ref(`${level}_code`)}`
    case 'community':
    case 'grid':
      return undefined
  }
}

/** What `matching` asks of deadlines, asked of sums. The period is a matter of which sums are read. */
function ofSums({ actor, filter }: SummaryQuery): RawBuilder<boolean> {
  if (actor.areaCode === undefined) return sql<boolean>`false`
  const conditions = [sql<boolean>`s.path @> ${areasOf(actor, filter)}::text[]`]
  if (filter.promise !== undefined) conditions.push(sql<boolean>`s.promise = ${filter.promise}`)
  if (filter.rung !== undefined) conditions.push(sql<boolean>`s.rung = ${filter.rung}`)
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}

function ofParties(table: 's' | 'd', parties: SummaryParties): RawBuilder<boolean> {
  const rung = sql.ref(`${table}.rung`)
  switch (parties) {
    case 'area':
      return sql<boolean>`${rung} <> 'unit'`
    case 'unit':
      return sql<boolean>`${rung} = 'unit'`
    case 'all':
      return sql<boolean>`true`
  }
}
