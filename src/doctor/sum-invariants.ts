import { sql } from 'kysely'
import { countSums, counts, levelsOf } from '../breaches/sum-facts.ts'
import type { Invariant } from './invariant.ts'

const columns = sql`since, path, city_code, district_code, street_code, promise, rung, due, met, breached, fulfilled_late,
  open, running, array(select late::bigint as late from unnest(string_to_array(lateness_ms, ',')) as late order by 1)`

export const sumInvariants = [
  {
    name: 'sums_tell_the_deadlines',
    number: 21,
    title: {
      zh: '统计汇总与逐条时限一致',
      en: 'What was summed up is what the deadlines say, but for days with a mark',
    },
    violations: () => sql`
      with days as materialized (
        select ${columns} from deadline_sums
        where span = 'day' and since not in (select day from sums_marks)
          and (select tree_version from sums_progress) = (select version from area_tree)
      ), live as (
        select day as since, coalesce(upper, area_path) as path, city as city_code, district as district_code,
          street as street_code, promise, rung, ${countSums}, string_agg(lateness_ms, ',') as lateness_ms
        from (
          select day, area_path, promise, rung, ${countSums}, string_agg(lateness_ms::text, ',') as lateness_ms
          from (
            select (d.due_at at time zone 'Asia/Shanghai')::date as day, d.area_path, d.promise, d.rung, ${counts}
            from deadlines d
            where d.state <> 'cancelled' and d.due_at < (select summed_before from sums_progress)
          ) as facts
          where (select tree_version from sums_progress) = (select version from area_tree)
            and day not in (select day from sums_marks)
          group by day, area_path, promise, rung
        ) as placed
        left join lateral (${levelsOf('placed.area_path')}) as levels on true
        group by day, coalesce(upper, area_path), city, district, street, promise, rung
      ), told as (
        select ${columns} from live
      ), months as (
        select ${columns} from deadline_sums where span = 'month'
      ), of_days as (
        select ${columns} from (
          select date_trunc('month', since::timestamp)::date as since, path, city_code, district_code, street_code,
            promise, rung, ${countSums}, string_agg(lateness_ms, ',') as lateness_ms
          from deadline_sums where span = 'day'
          group by 1, path, city_code, district_code, street_code, promise, rung
        ) as summed
      )
      select 'day summed up otherwise' as what, * from (table days except table told) as difference
      union all
      select 'not summed up', * from (table told except table days) as difference
      union all
      select 'month summed up otherwise', * from (table months except table of_days) as difference
      union all
      select 'month not summed up', * from (table of_days except table months) as difference`,
  },
] as const satisfies readonly Invariant[]
