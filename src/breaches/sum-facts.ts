import { type RawBuilder, sql } from 'kysely'
import type { AreaKind } from '../domain/area.ts'
import { openStates } from '../domain/incident-state.ts'

/**
 * The condition for a breached deadline `d` whose promise its incident `i` still owes: it is open, and was not taken up anew since,
 * by which somebody on the spot is promised anew (takenUpIn of the domain). A merge that was undone ends no promise.
 */
export const stillOwed = sql<boolean>`d.fulfilled_at is null and i.state = any(${[...openStates]}::text[])
  and (d.generation = i.generation or not exists (
    select from deadlines anew
    where anew.incident_id = d.incident_id and anew.generation > d.generation and anew.promise = 'on_site'
      and anew.assignment_no is null and anew.escalated_from is null and anew.handed_from is null))`

/**
 * Which area stands at which level of a frozen path, for a lateral join: as the path's last version has it, and looked up
 * once for each path of a group. `upper` is the path down to the street, or to what stands lowest above it. No row for a
 * path that nothing is known of.
 */
export function levelsOf(path: string): RawBuilder<unknown> {
  const column = sql.ref(path)
  return sql`
    select city, district, street, community, grid,
      path[1:array_position(path, coalesce(street, district, city))] as upper
    from (
      select path, ${levelOf('city')} as city, ${levelOf('district')} as district, ${levelOf('street')} as street,
        ${levelOf('community')} as community, ${levelOf('grid')} as grid
      from area_versions
      where code = ${column}[cardinality(${column})] and path = ${column}
      order by since_version desc
      limit 1
    ) as known`
}

function levelOf(kind: AreaKind): RawBuilder<string> {
  return sql<string>`path[array_position(path_kinds, ${sql.lit(kind)})]`
}

/** What a deadline `d` that was not cancelled counts for, as columns of 0 or 1, and how late it was kept, in ms. */
export const counts = sql`1 as due, (d.state = 'met')::int as met, (d.state = 'breached')::int as breached,
  (d.fulfilled_at is not null)::int as fulfilled_late,
  case when d.state = 'breached' and d.fulfilled_at is null
    and exists (select from incidents i where i.id = d.incident_id and ${stillOwed}) then 1 else 0 end as open,
  (d.state = 'running')::int as running,
  (extract(epoch from d.fulfilled_at - d.due_at) * 1000)::bigint as lateness_ms`

/** The same of all rows of a group, as integers. */
export const countSums = sql`sum(due)::int as due, sum(met)::int as met, sum(breached)::int as breached,
  sum(fulfilled_late)::int as fulfilled_late, sum(open)::int as open, sum(running)::int as running`
