import type { Kysely } from 'kysely'
import { findAreaNames } from '../areas/find-area-names.ts'
import type { Database } from '../database/schema.ts'
import type { Party } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import type { NameOf } from '../incidents/incident-view.ts'
import { findUnits } from '../units/find-units.ts'

/** Names of every area and unit that events mention, read in two statements however many there are. */
export async function readEventNames(
  db: Kysely<Database>,
  events: readonly IncidentEvent[],
  others: readonly Party[],
): Promise<NameOf> {
  const parties = [...others, ...events.flatMap(partiesOf)]
  const codes = (kind: Party['kind']) => [
    ...new Set(parties.filter((party) => party.kind === kind).map(({ code }) => code)),
  ]
  const areas = await findAreaNames(db, codes('area'))
  const units = await findUnits(db, codes('unit'))
  return ({ kind, code }) => (kind === 'area' ? areas.get(code) : units.get(code)?.name) ?? code
}

function partiesOf(event: IncidentEvent): Party[] {
  const { actor, changes } = event
  const { relief } = changes
  const area = (code: string): Party => ({ kind: 'area', code })
  return [
    ...changes.started.map(({ accountable }) => accountable),
    ...[...changes.assigned, ...(changes.reassigned ?? [])].flatMap(({ assignee, whistledBy }) => [
      assignee,
      area(whistledBy),
    ]),
    ...(event.type === 'deadline_breached' ? [event.breach.accountable] : []),
    ...(actor?.areaCode === undefined ? [] : [area(actor.areaCode)]),
    ...(actor?.unitCode === undefined ? [] : [{ kind: 'unit' as const, code: actor.unitCode }]),
    ...(relief !== undefined && 'requested' in relief ? [relief.requested.requestedBy] : []),
    ...(relief !== undefined && 'by' in relief ? [area(relief.by)] : []),
  ]
}

/** Everybody whom an incident's parts mention: events call them by the parts' numbers. */
export function partiesOfParts({
  deadlines,
  assignments,
  reliefs,
}: Pick<Incident, 'deadlines' | 'assignments' | 'reliefs'>): Party[] {
  return [
    ...deadlines.map(({ accountable }) => accountable),
    ...assignments.flatMap(({ assignee, whistledBy }) => [
      assignee,
      { kind: 'area' as const, code: whistledBy },
    ]),
    ...reliefs.map(({ requestedBy }) => requestedBy),
  ]
}

/** The numbers of the incidents that events of a merge mention, in one statement; in none where there are no such events. */
export async function readIncidentNumbers(
  db: Kysely<Database>,
  events: readonly IncidentEvent[],
): Promise<Map<string, string>> {
  const ids = events.flatMap(({ changes: { mergedInto, joined, separated } }) =>
    [mergedInto, joined?.incidentId, separated?.incidentId].filter((id) => id !== undefined),
  )
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('incidents')
    .select(['id', 'number'])
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Map(rows.map(({ id, number }) => [id, number]))
}
