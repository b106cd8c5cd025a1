import { type RawBuilder, sql } from 'kysely'

/**
 * The condition under which a person, or whatever else has an `area_code` or a `unit_code`, lies in the subtree of an area: by
 * their own area, or by that of their unit. For queries of one table that has these columns.
 */
export function liesWithin(areaCode: string): RawBuilder<boolean> {
  const subtree = sql`select code from areas where path @> array[${areaCode}]::text[]`
  return sql<boolean>`(area_code in (${subtree})
    or unit_code in (select code from units where units.area_code in (${subtree})))`
}
