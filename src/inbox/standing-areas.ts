import { type RawBuilder, sql } from 'kysely'

/**
 * The area that stands where one stood: itself, as long as it is on the case's path, then whoever is at its rung now, or the
 * next one above. The same as `standingFor` of the domain, for whoever answers for what no clock runs for any more: nobody takes
 * that over by an event.
 *
 * @param clock the table, or what is named like one, of a deadline; that of its case is `incidents`
 */
export function standingNow(clock: string): RawBuilder<string> {
  const code = sql.ref(`${clock}.accountable_code`)
  const rung = sql.ref(`${clock}.rung`)
  const ladder = sql`(select ladder from policies where policies.id = ${sql.ref(`${clock}.policy_id`)})::text[]`
  return sql<string>`(
    select case when path @> array[${code}] then ${code} else coalesce(
      path[(select max(place) from unnest(path_kinds) with ordinality as node (kind, place) where kind = ${rung})],
      path[(select max(place) from unnest(path_kinds) with ordinality as node (kind, place)
        where kind = any(${ladder}) and ${rank(sql`kind`)} > ${rank(rung)})],
      path[1]) end
    from areas where areas.code = incidents.area_code)`
}

/** How high a kind of area stands; more is higher. */
function rank(kind: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`array_position(array['grid', 'community', 'street', 'district', 'city'], ${kind})`
}
