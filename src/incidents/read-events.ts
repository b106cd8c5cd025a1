import { type Kysely, sql } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { EventNoteTable } from '../database/incident-tables.ts'
import type { Database } from '../database/schema.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Instant } from '../domain/instant.ts'
import { streamOf } from './decided-incident.ts'
import { parseIncidentEvent } from './event-schema.ts'

/** One of an incident's events as it stands in the audit trail. */
export interface StoredEvent {
  readonly seq: number
  readonly hash: Buffer
  readonly event: IncidentEvent
}

/** Events of an incident in their order: those after `afterSeq`, at most `limit`. */
export async function readEvents(
  db: Kysely<Database>,
  incidentId: string,
  { afterSeq, limit }: { readonly afterSeq: number; readonly limit: number },
): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'hash', 'body'])
    .where('stream', '=', streamOf(incidentId))
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ seq, hash, body }) => ({ seq, hash, event: parseIncidentEvent(body) }))
}

/** Events between two others, neither of which belongs to them, within a time: from one instant on and before another. */
export interface EventSpan {
  readonly afterSeq: number
  readonly beforeSeq: number
  readonly since: Instant | null
  readonly until: Instant | null
  /** Only of these types; of all unless given. */
  readonly types?: readonly IncidentEvent['type'][]
}

/** The last events of a span, in their order, at most `limit`. */
export async function readLastEvents(
  db: Kysely<Database>,
  incidentId: string,
  { afterSeq, beforeSeq, since, until, types }: EventSpan,
  limit: number,
): Promise<StoredEvent[]> {
  const at = (instant: Instant) => sql<Instant>`${toTimestamp(instant)}::timestamptz`
  let select = db
    .selectFrom('events')
    .select(['seq', 'hash', 'body'])
    .where('stream', '=', streamOf(incidentId))
    .where('seq', '>', afterSeq)
    .where('seq', '<', beforeSeq)
  if (since !== null) select = select.where('at', '>=', at(since))
  if (until !== null) select = select.where('at', '<', at(until))
  if (types !== undefined) select = select.where('type', 'in', types)
  const rows = await select.orderBy('seq', 'desc').limit(limit).execute()
  return rows.reverse().map(({ seq, hash, body }) => ({ seq, hash, event: parseIncidentEvent(body) }))
}

/** What stands outside an event and belongs to it, as it is read back. */
export type StoredNote = Pick<EventNoteTable, 'text' | 'visible_to_reporter'>

/** The notes of some of an incident's events, by the event's number. */
export async function readNotes(
  db: Kysely<Database>,
  incidentId: string,
  events: readonly StoredEvent[],
): Promise<Map<number, StoredNote>> {
  const noted = events.filter(({ event }) => event.note !== null).map(({ seq }) => seq)
  if (noted.length === 0) return new Map()
  const rows = await db
    .selectFrom('event_notes')
    .select(['seq', 'text', 'visible_to_reporter'])
    .where('incident_id', '=', incidentId)
    .where('seq', 'in', noted)
    .execute()
  return new Map(rows.map(({ seq, ...note }) => [seq, note]))
}
