import { type RawBuilder, sql } from 'kysely'

/**
 * Whether a clock `d` is one of the case's own promises that were broken at the top of the ladder and are still owed, on the
 * red list (红灯): nobody above has taken it over. What was broken before the case was taken up anew is history; a merge that
 * was undone is no new start. The same as `exhaustedOf` of the domain, while the case is open.
 */
export const isExhausted = sql<boolean>`(d.state = 'breached' and d.fulfilled_at is null and d.assignment_no is null
  and not exists (select from deadlines above where above.incident_id = d.incident_id and above.escalated_from = d.no)
  and d.generation >= coalesce((
    select anew.generation from deadlines anew
    where anew.incident_id = d.incident_id and anew.promise = 'on_site' and anew.assignment_no is null
      and anew.escalated_from is null and anew.handed_from is null
    order by anew.no desc limit 1), 1))`

/**
 * The area that stands where one stood: itself, as long as it is on the case's path, then whoever is at its rung now, or the
 * next one above. The same as `standingFor` of the domain, for whoever let a promise run out at that rung.
 *
 * @param stood columns of the area, its rung, the case's area and its policy
 */
export function standingNow(stood: {
  readonly code: string
  readonly rung: string
  readonly areaCode: string
  readonly policyId: string
}): RawBuilder<string> {
  const rung = sql.ref(stood.rung)
  const ladder = sql`(select ladder from policies where policies.id = ${sql.ref(stood.policyId)})::text[]`
  return sql<string>`(
    select case when path @> array[${sql.ref(stood.code)}] then ${sql.ref(stood.code)} else coalesce(
      path[(select max(place) from unnest(path_kinds) with ordinality as node (kind, place) where kind = ${rung})],
      path[(select max(place) from unnest(path_kinds) with ordinality as node (kind, place)
        where kind = any(${ladder}) and ${rank(sql`kind`)} > ${rank(rung)})],
      path[1]) end
    from areas where areas.code = ${sql.ref(stood.areaCode)})`
}

/** How high a kind of area stands; more is higher. */
export function rank(kind: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`array_position(array['grid', 'community', 'street', 'district', 'city'], ${kind})`
}
