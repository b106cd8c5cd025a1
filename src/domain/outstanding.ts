import { isAtWork } from './assignment.ts'
import { type Deadline, isOfIncident } from './deadline.ts'
import { exhaustedOf, type Incident, liveLead } from './incident.ts'
import { isOpen } from './incident-state.ts'

/**
 * What somebody still answers for although no clock of it runs any more: an area for a promise that was broken at the top and is
 * owed (红灯, `exhausted`), or for a case at which somebody stands and which it has to resolve (待办结, `unresolved`); whoever was
 * called for a place that they have yet to come to, too late by now (`late`).
 */
export const outstandingKinds = ['exhausted', 'unresolved', 'late'] as const
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
  const awaited = incident.assignments.filter((each) => isAtWork(each) && each.arrivedAt === null)
  for (const { no } of awaited) {
    const clock = incident.deadlines.findLast(({ assignmentNo }) => assignmentNo === no)
    if (clock?.state === 'breached') outstanding.set(clock.no, 'late')
  }
  if (incident.state !== 'on_site' || liveLead(incident) !== undefined) return outstanding
  const arrival = incident.deadlines.findLast((row) => row.promise === 'on_site' && isOfIncident(row))
  if (arrival !== undefined && isKept(arrival)) outstanding.set(arrival.no, 'unresolved')
  return outstanding
}

function isKept({ state, fulfilledAt }: Deadline): boolean {
  return state === 'met' || fulfilledAt !== null
}
