import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { MergedReports } from '../domain/commands/merge.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { readEvents } from './read-events.ts'

/** The reports that belong to an incident: the one that opened it, and those of incidents that were merged into it. */
export async function findMergedReports(
  trx: Transaction<Database>,
  incidentId: string,
): Promise<MergedReports> {
  const { rows } = await sql<{ id: string; first: boolean }>`
    with recursive belonging (incident_id) as (
      select ${incidentId}::uuid
      union
      select joined.incident_id from belonging
      join joined_incidents joined on joined.survivor_id = belonging.incident_id and joined.separated_at is null
    )
    select reports.id, reports.incident_id = ${incidentId} as first
    from belonging join reports on reports.incident_id = belonging.incident_id`.execute(trx)
  const first = rows.find((row) => row.first)?.id
  if (first === undefined) throw new Error(`${incidentId} has no report`)
  return { first, all: new Set(rows.map(({ id }) => id)) }
}

/** The incident as a part of which one goes on that was merged, as it stands without a lock; undefined where it was not merged. */
export async function findSurvivor(
  trx: Transaction<Database>,
  incidentId: string,
): Promise<string | undefined> {
  const row = await trx
    .selectFrom('incidents')
    .select('merged_into')
    .where('id', '=', incidentId)
    .executeTakeFirst()
  return row?.merged_into ?? undefined
}

/** As long a way as merges of merged cases make; each of them is somebody's decision. */
export const mergesMax = 20

/**
 * The case that a report opened, and those that it was merged into, the present one last: as they stand without a lock.
 *
 * @param isOwn under which condition a report is the caller's. Of another one there are no cases.
 */
export async function findCases(
  db: Kysely<Database>,
  reportId: string,
  isOwn: RawBuilder<boolean>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive way (id, merged_into, length) as (
      select incidents.id, merged_into, 1 from reports join incidents on incidents.id = reports.incident_id
      where reports.id = ${reportId} and ${isOwn}
      union all
      select incidents.id, incidents.merged_into, length + 1 from way
      join incidents on incidents.id = way.merged_into where length < ${mergesMax}
    )
    select id from way order by length`.execute(db)
  return rows.map(({ id }) => id)
}

/** A time in which a case was a part of another one; `until` is null while it still is. */
export interface Merge {
  readonly incidentId: string
  readonly since: Instant
  readonly until: Instant | null
}

/** Which cases one is and was a part of, by its own events. */
export function mergesOf(events: readonly IncidentEvent[]): Merge[] {
  return events.flatMap(({ type, at, changes: { mergedInto } }, index) => {
    if (type !== 'merged' || mergedInto === undefined) return []
    const undone = events.slice(index).find((event) => event.type === 'unmerged')
    return [{ incidentId: mergedInto, since: at, until: undone?.at ?? null }]
  })
}

/** More events than come before the last merge of any real case. */
const eventsMax = 500

/** The cases that one was a part of until that was undone. Only whose promise once went on elsewhere costs a statement. */
export async function findFormerCases(
  trx: Transaction<Database>,
  { id, deadlines }: Pick<Incident, 'id' | 'deadlines'>,
): Promise<string[]> {
  if (!deadlines.some(({ cancelReason }) => cancelReason === 'merged')) return []
  const stored = await readEvents(trx, id, { afterSeq: 0, limit: eventsMax })
  const merges = mergesOf(stored.map(({ event }) => event))
  return [...new Set(merges.filter(({ until }) => until !== null).map(({ incidentId }) => incidentId))]
}
