import { rankOf } from '../area.ts'
import { eventBase, nothingBut, type Outcome, ownKind, type Situation } from '../situation.ts'

/**
 * Shows an anonymous reporter to somebody who is entitled to know: a district's or the city's desk, an auditor, an
 * administrator. That it was shown stands in the audit trail.
 */
export function revealReporter(situation: Situation, reportId: string): Outcome {
  const { role } = situation.request.actor
  const kind = ownKind(situation)
  const desk = role === 'dispatcher' && kind !== undefined && rankOf(kind) >= rankOf('district')
  if (!desk && role !== 'auditor' && role !== 'administrator') return 'not_entitled'
  return { ...eventBase(situation), type: 'reporter_revealed', reportId, changes: nothingBut(situation.to) }
}
