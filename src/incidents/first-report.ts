import { type RawBuilder, sql } from 'kysely'

/** So much of what was reported tells a desk which case it is. */
const excerptLength = 120

/** Joins the report that opened a case as `r`, with what lists show of it: `address` and `excerpt`. */
export function joinFirstReport(incidentId: string): RawBuilder<unknown> {
  return sql`left join lateral (
      select address, left(description, ${sql.lit(excerptLength)}) as excerpt from reports
      where incident_id = ${sql.ref(incidentId)} order by id limit 1
    ) as r on true`
}
