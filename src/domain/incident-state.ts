export const incidentStates = [
  'received',
  'reported',
  'dispatched',
  'on_site',
  'resolved',
  'closed',
  'rejected',
  'merged',
] as const
export type IncidentState = (typeof incidentStates)[number]

/** The states in which a case is still to be handled, and in which its promises are owed. */
export const openStates = ['received', 'reported', 'dispatched', 'on_site'] as const satisfies IncidentState[]

export function isOpen(state: IncidentState): boolean {
  return openStates.some((open) => open === state)
}
