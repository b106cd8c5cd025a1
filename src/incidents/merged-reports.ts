import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { mergesFollowedMax } from '../domain/case-limits.ts'
import type { MergedReports } from '../domain/commands/merge.ts'
import type { Incident } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { streamOf } from './decided-incident.ts'
import { parseIncidentEvent } from './event-schema.ts'
import type { StoredEvent } from './read-events.ts'

/**
 * The reports that belong to an incident: the one that opened it, and those of incidents that were merged into it, those that had been
 * merged into these included. No merge makes them more than `caseLimits.joined` allows.
 */
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

/**
 * The case that a report opened, and those that it was merged into, the present one last: as they stand without a lock.
 *
 * @param isOwn under which condition a report is the caller's. Of another one there are no cases.
 */
export async function findCasesOfReport(
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
      join incidents on incidents.id = way.merged_into where length < ${mergesFollowedMax}
    )
    select id from way order by length`.execute(db)
  return rows.map(({ id }) => id)
}

/** A time in which a case was a part of another one; `undone` is null while it still is. */
export interface Merge {
  /** The case that it was a part of. */
  readonly incidentId: string
  readonly since: Instant
  /** When that was undone, and by which of its own events. */
  readonly undone: { readonly at: Instant; readonly seq: number } | null
}

/** Merges of one case that are told, most of them undone again; more of them than this are nobody's history any more. */
const mergesToldMax = 20

/**
 * Which cases one is and was a part of, the last twenty of them, by its own events.
 *
 * @param since from which instant on
 * @param until up to which one; what was undone later counts as a part still
 */
export async function findMerges(
  trx: Transaction<Database>,
  incidentId: string,
  since: Instant | null = null,
  until: Instant | null = null,
): Promise<Merge[]> {
  let select = trx
    .selectFrom('events')
    .select(['seq', 'body'])
    .where('stream', '=', streamOf(incidentId))
    .where('type', 'in', ['merged', 'unmerged'])
  const at = (instant: Instant) => sql<Instant>`${toTimestamp(instant)}::timestamptz`
  if (since !== null) select = select.where('at', '>=', at(since))
  if (until !== null) select = select.where('at', '<=', at(until))
  const rows = await select
    .orderBy('seq', 'desc')
    .limit(2 * mergesToldMax)
    .execute()
  return mergesOf(rows.reverse().map(({ seq, body }) => ({ seq, event: parseIncidentEvent(body) })))
}

function mergesOf(stored: readonly Pick<StoredEvent, 'seq' | 'event'>[]): Merge[] {
  return stored.flatMap(({ event: { type, at, changes } }, index) => {
    if (type !== 'merged' || changes.mergedInto === undefined) return []
    const undone = stored.slice(index).find(({ event }) => event.type === 'unmerged')
    return [
      {
        incidentId: changes.mergedInto,
        since: at,
        undone: undone === undefined ? null : { at: undone.event.at, seq: undone.seq },
      },
    ]
  })
}

/** The cases that one was a part of until that was undone. Only whose promise once went on elsewhere costs a statement. */
export async function findFormerCases(
  trx: Transaction<Database>,
  { id, deadlines }: Pick<Incident, 'id' | 'deadlines'>,
): Promise<string[]> {
  if (!deadlines.some(({ cancelReason }) => cancelReason === 'merged')) return []
  const merges = await findMerges(trx, id)
  return [...new Set(merges.filter(({ undone }) => undone !== null).map(({ incidentId }) => incidentId))]
}
