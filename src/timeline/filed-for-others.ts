import { type Kysely, sql } from 'kysely'
import { uuidArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { pseudonymOf } from '../incidents/report-submission.ts'

/**
 * The reports among those that opened incidents which somebody filed for somebody else (代办): in one statement, and in none where
 * nothing was opened. Of whoever is anonymous, not even this is told.
 *
 * @returns their ids
 */
export async function readFiledForOthers(
  db: Kysely<Database>,
  events: readonly IncidentEvent[],
): Promise<Set<string>> {
  const ids = events.flatMap((event) =>
    event.type === 'report_received' && event.actor?.id !== pseudonymOf(event.reportId).id
      ? [event.reportId]
      : [],
  )
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('report_contacts')
    .select('report_id as id')
    .where('report_id', '=', sql<string>`any(${uuidArray(ids)})`)
    .where('on_behalf', '=', true)
    .execute()
  return new Set(rows.map(({ id }) => id))
}
