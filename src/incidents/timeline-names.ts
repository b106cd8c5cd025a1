import type { Kysely } from 'kysely'
import { findAreaNames } from '../areas/find-area-names.ts'
import type { Database } from '../database/schema.ts'
import type { Party } from '../domain/deadline.ts'
import type { IncidentEvent } from '../domain/event.ts'
import { findUnits } from '../units/find-units.ts'
import type { NameOf } from './incident-view.ts'

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
  const parties: Party[] = changes.started.map(({ accountable }) => accountable)
  if (event.type === 'deadline_breached') parties.push(event.breach.accountable)
  if (actor?.areaCode !== undefined) parties.push({ kind: 'area', code: actor.areaCode })
  if (actor?.unitCode !== undefined) parties.push({ kind: 'unit', code: actor.unitCode })
  if (changes.assigned !== null) {
    const { unitCode, whistledBy } = changes.assigned
    parties.push({ kind: 'unit', code: unitCode }, { kind: 'area', code: whistledBy })
  }
  return parties
}
