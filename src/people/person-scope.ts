import { type RawBuilder, sql } from 'kysely'
import { liesWithin } from '../areas/lies-within.ts'

/**
 * The condition under which a person, or whatever else has an `area_code` or a `unit_code`, belongs to the subtree of an area: by
 * their own area, or by that of their unit. For queries of one table that has these columns.
 */
export function belongsWithin(areaCode: string): RawBuilder<boolean> {
  return sql<boolean>`(${liesWithin('area_code', areaCode)}
    or unit_code in (select code from units where ${liesWithin('units.area_code', areaCode)}))`
}
