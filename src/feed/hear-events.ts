import type { Kysely } from 'kysely'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { eventText } from '../http/event-stream.ts'
import { parseIncidentEvent } from '../incidents/event-schema.ts'
import type { Language } from '../wording/wording.ts'
import { encodeFeedCursor, type FeedPlace } from './feed-cursor.ts'
import { type HeardIncident, readHeardIncidents } from './heard-incident.ts'
import type { FeedPage, Lost } from './read-feed.ts'
import { tellEvents } from './tell-events.ts'

/** What one event is to those who listen. */
export interface Heard {
  readonly place: FeedPlace
  /** Whom it concerns, by the incident; everybody where areas have changed. */
  readonly about: HeardIncident | 'everybody'
  /** The event as a client is sent it. */
  readonly text: Readonly<Record<Language, string>>
}

/** Why a client is to load everything afresh: it cannot go on, came back too often, or incidents lie in other areas now. */
export type ResetReason = Lost | 'too_often' | 'areas_changed'

/** Tells a client to load everything afresh: what it has may be incomplete, or not its own any more. */
export function resetText(origin: string, place: FeedPlace, reason: ResetReason): string {
  return eventText({ id: encodeFeedCursor({ origin, place }), event: 'reset', data: { reason } })
}

const prefix = 'incident/'

/** An event that somebody listens for; or one after which other incidents lie in an area, and no event of theirs says so. */
type Concerning =
  | { readonly place: FeedPlace; readonly facts: HeardIncident; readonly event: IncidentEvent }
  | { readonly place: FeedPlace }

/**
 * What of a page concerns whom, in the page's order and in a constant number of statements. Who may hear of an incident is
 * decided by the tree and the assignments as they stand now.
 *
 * @param isHeard whether anybody listens for an incident: nothing more is done for what nobody hears
 */
export async function hearEvents(
  db: Kysely<Database>,
  { origin, events }: Pick<FeedPage, 'origin' | 'events'>,
  isHeard: (facts: HeardIncident) => boolean,
): Promise<Heard[]> {
  const ids = new Set(events.flatMap(({ place }) => incidentOf(place) ?? []))
  const factsOf = await readHeardIncidents(db, [...ids])
  const concerning = events.flatMap(({ place, body }): Concerning[] => {
    const facts = factsOf.get(incidentOf(place) ?? '')
    if (facts !== undefined) return isHeard(facts) ? [{ place, facts, event: parseIncidentEvent(body) }] : []
    return place.stream === 'areas' ? [{ place }] : []
  })
  const sentences = await tellEvents(
    db,
    concerning.flatMap((one) =>
      'event' in one ? [{ incidentId: one.facts.id, seq: one.place.seq, event: one.event }] : [],
    ),
  )
  return concerning.map((one): Heard => {
    if (!('event' in one)) {
      const text = resetText(origin, one.place, 'areas_changed')
      return { place: one.place, about: 'everybody', text: { zh: text, en: text } }
    }
    const { place, facts, event } = one
    const { id: incidentId, number, state, revision, nextDueAt } = facts
    const { type, at } = event
    const sentence = sentences.get(event)
    const text = (language: Language) =>
      eventText({
        id: encodeFeedCursor({ origin, place }),
        event: type,
        data: {
          incidentId,
          number,
          state,
          revision,
          nextDueAt: nextDueAt === null ? null : toTimestamp(nextDueAt),
          seq: place.seq,
          type,
          at: toTimestamp(at),
          text: sentence?.[language] ?? null,
        },
      })
    return { place, about: facts, text: { zh: text('zh'), en: text('en') } }
  })
}

/** The incident that an event is about; nothing for a registry's. */
export function incidentOf({ stream }: FeedPlace): string | undefined {
  return stream.startsWith(prefix) ? stream.slice(prefix.length) : undefined
}
