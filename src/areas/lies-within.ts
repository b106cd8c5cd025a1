import { type RawBuilder, sql } from 'kysely'

/**
 * The condition under which an area is another one, or lies below it, in the tree as it stands.
 *
 * @param column of the query, that holds the area's code
 */
export function liesWithin(column: string, within: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} in (select code from areas where path @> array[${within}]::text[])`
}
