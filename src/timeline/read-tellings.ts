import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Deadline } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import { readCallsAsTheyWere } from './calls-as-they-were.ts'
import { readFiledForOthers } from './filed-for-others.ts'
import { partiesOfParts, readEventNames, readIncidentNumbers } from './timeline-names.ts'
import type { Telling } from './timeline-words.ts'

type ToldIncident = Pick<Incident, 'id' | 'deadlines' | 'assignments' | 'reliefs'>

/** What a sentence needs that is about an event of an incident, by the event's number: the same wherever it is told. */
export type TellingOf = (
  incident: ToldIncident,
  seq: number,
) => Telling & { readonly deadlines: ReadonlyMap<number, Deadline> }

/** Reads what is needed to tell events of some incidents, in a constant number of statements. */
export async function readTellings(
  db: Kysely<Database>,
  incidents: readonly ToldIncident[],
  events: readonly IncidentEvent[],
): Promise<TellingOf> {
  const calls = await readCallsAsTheyWere(db, incidents)
  const parties = incidents.flatMap((incident) => [
    ...partiesOfParts(incident),
    ...(calls.get(incident.id)?.parties ?? []),
  ])
  const nameOf = await readEventNames(db, events, parties)
  const incidentNumbers = await readIncidentNumbers(db, events)
  const filedForOthers = await readFiledForOthers(db, events)
  const partsOf = new Map(
    incidents.map(({ id, deadlines, reliefs }) => [
      id,
      { deadlines: byNumber(deadlines), reliefs: byNumber(reliefs) },
    ]),
  )
  return ({ id, deadlines, assignments, reliefs }, seq) => ({
    nameOf,
    incidentNumbers,
    filedForOthers,
    ...(partsOf.get(id) ?? { deadlines: byNumber(deadlines), reliefs: byNumber(reliefs) }),
    assignments: calls.get(id)?.at(seq) ?? byNumber(assignments),
  })
}

function byNumber<Part extends { readonly no: number }>(parts: readonly Part[]): Map<number, Part> {
  return new Map(parts.map((part) => [part.no, part]))
}
