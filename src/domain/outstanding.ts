import { type Deadline, isOfIncident } from './deadline.ts'
import { exhaustedOf, type Incident, liveLead } from './incident.ts'
import { isOpen } from './incident-state.ts'

/**
 * What an area still answers for although no clock of it runs any more: a promise that was broken at the top and is owed (红灯,
 * `exhausted`), or a case at which somebody stands and which it has to resolve (待办结, `unresolved`).
 */
export const outstandingKinds = ['exhausted', 'unresolved'] as const
export type Outstanding = (typeof outstandingKinds)[number]

/**
 * What is outstanding of an open case, by the number of the deadline whose accountable party answers for it. Of a case that waits
 * to be resolved that is the on-site promise, as it was kept last. Where a lead (主办) is at work it is theirs to resolve.
 */
export function outstandingOf(
  incident: Pick<Incident, 'state' | 'generation' | 'deadlines' | 'assignments'>,
): ReadonlyMap<number, Outstanding> {
  const outstanding = new Map<number, Outstanding>()
  if (!isOpen(incident.state)) return outstanding
  for (const { no } of exhaustedOf(incident)) outstanding.set(no, 'exhausted')
  if (incident.state !== 'on_site' || liveLead(incident) !== undefined) return outstanding
  const arrival = incident.deadlines.findLast((row) => row.promise === 'on_site' && isOfIncident(row))
  if (arrival !== undefined && isKept(arrival)) outstanding.set(arrival.no, 'unresolved')
  return outstanding
}

function isKept({ state, fulfilledAt }: Deadline): boolean {
  return state === 'met' || fulfilledAt !== null
}
