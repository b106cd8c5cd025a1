import { sql } from 'kysely'
import { instantArray, integerArray, textArray, uuidArray } from '../database/array-parameters.ts'
import type { Insert } from '../database/insert-together.ts'
import { type DecidedIncident, numbered } from './decided-incident.ts'

/** To whom an anonymous reporter was shown: from then on, and by that alone, they see who it is. */
export function insertReveals(decisions: readonly DecidedIncident[]): Insert | undefined {
  const rows = decisions.flatMap((decision) =>
    numbered(decision).flatMap(({ seq, event }) =>
      event.type === 'reporter_revealed' && event.actor !== null
        ? [{ incident: decision.after, seq, at: event.at, reportId: event.reportId, to: event.actor.id }]
        : [],
    ),
  )
  if (rows.length === 0) return undefined
  return sql`
    insert into reporter_reveals (incident_id, seq, district_code, report_id, revealed_to, revealed_at)
    select * from unnest(
      ${uuidArray(rows.map(({ incident }) => incident.id))},
      ${integerArray(rows.map(({ seq }) => seq))},
      ${textArray(rows.map(({ incident }) => incident.districtCode))},
      ${uuidArray(rows.map(({ reportId }) => reportId))},
      ${textArray(rows.map(({ to }) => to))},
      ${instantArray(rows.map(({ at }) => at))}
    )`
}
