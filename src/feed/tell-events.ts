import type { Kysely } from 'kysely'
import { z } from 'zod'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { instantText } from '../http/instant-schema.ts'
import { loadIncidents } from '../incidents/load-incidents.ts'
import { readTellings } from '../timeline/read-tellings.ts'
import { timelineText } from '../timeline/timeline-text.ts'
import type { Wording } from '../wording/wording.ts'

/** What a listener is told of an event. It names no person and quotes nobody. */
export const liveEvent = z
  .object({
    incidentId: z.uuid(),
    number: z.string(),
    state: z.enum(incidentStates).meta({ description: 'Of the incident as it stands now' }),
    revision: z.int().meta({ description: 'Of the incident as it stands now' }),
    nextDueAt: instantText.nullable().meta({ description: 'When the next of its running clocks runs out' }),
    seq: z.int().meta({ description: "The event's number in the incident's stream" }),
    type: z.string(),
    at: instantText,
    text: z.string().nullable().meta({
      description: 'A sentence, by Accept-Language; null while very much happens, as after an outage',
    }),
  })
  .meta({ id: 'LiveEvent', description: 'One event of an incident, as it happens' })

/** An incident's event that somebody listens for. */
export interface HeardEvent {
  readonly incidentId: string
  /** The event's number in the incident's stream. */
  readonly seq: number
  readonly event: IncidentEvent
}

/** For more events than this at once no sentences are made: each takes its whole incident to be read. */
const toldMax = 100

/** A sentence for each of some events of any incidents, in a constant number of statements; none for more than a hundred. */
export async function tellEvents(
  db: Kysely<Database>,
  heard: readonly HeardEvent[],
): Promise<Map<IncidentEvent, Wording>> {
  if (heard.length === 0 || heard.length > toldMax) return new Map()
  return inSnapshot(db, async (trx) => {
    const ids = [...new Set(heard.map(({ incidentId }) => incidentId))]
    const incidents = (await loadIncidents(trx, ids)).map(({ incident }) => incident)
    const tellingOf = await readTellings(
      trx,
      incidents,
      heard.map(({ event }) => event),
    )
    const byId = new Map(incidents.map((incident) => [incident.id, incident]))
    return new Map(
      heard.flatMap(({ incidentId, seq, event }) => {
        const incident = byId.get(incidentId)
        return incident === undefined ? [] : [[event, timelineText(event, tellingOf(incident, seq))]]
      }),
    )
  })
}
