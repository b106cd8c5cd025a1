import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { areasOf, type BreachFilter } from './breach-filter.ts'

/** Up to so many areas, a street's several times over, their breaches are found by place; of more, by due time. */
const placesMax = 100

/**
 * The areas whose paths ever led through all areas that are asked for, where those are few. A path ends in the incident's
 * own area, so breaches that match lie in one of them: an index leads there, where the latest of the whole city would have to
 * be looked through. Undefined where they are many.
 */
export async function narrowPlaces(
  db: Kysely<Database>,
  actor: Actor,
  filter: Pick<BreachFilter, 'areaCode'>,
): Promise<readonly string[] | undefined> {
  const rows = await db
    .selectFrom('area_versions')
    .select('code')
    .distinct()
    .where(sql<boolean>`path @> ${areasOf(actor, filter)}::text[]`)
    .limit(placesMax + 1)
    .execute()
  return rows.length > placesMax ? undefined : rows.map(({ code }) => code)
}
