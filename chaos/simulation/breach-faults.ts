import { isDeepStrictEqual } from 'node:util'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { Ledger } from './reference-ledger.ts'

/** A breach must say what its deadline is, and go on as the model says. */
export function faultsOfBreach(
  { at, breach }: Extract<IncidentEvent, { type: 'deadline_breached' }>,
  before: Incident,
  after: Incident,
  { clocks }: Ledger,
): string[] {
  const deadline = after.deadlines.find(({ no }) => no === breach.deadlineNo)
  const was = before.deadlines.find(({ no }) => no === breach.deadlineNo)?.state
  if (deadline === undefined || (was !== 'running' && was !== 'paused'))
    return [`deadline ${breach.deadlineNo} was breached and did not run`]
  const { promise, rung, accountable, startedAt, dueAt } = deadline
  const { outcome } = breach
  const lagMs = at - dueAt
  const expected = {
    deadlineNo: deadline.no,
    promise,
    rung,
    accountable,
    startedAt,
    dueAt,
    lagMs,
    outcome,
  }
  const same = clocks.some(
    (clock) =>
      clock.outcome === outcome &&
      clock.dueAt === dueAt &&
      clock.startedAt === startedAt &&
      clock.settledAt === at,
  )
  return [
    ...(isDeepStrictEqual(breach, expected)
      ? []
      : [`breach ${deadline.no} does not say what its deadline is`]),
    ...(same ? [] : [`breach ${deadline.no} was ${outcome}, and should not be`]),
  ]
}
