import { codesOf } from './area.ts'
import type { ClockJump, Context } from './context.ts'
import { type Deadline, isLive, isOverdue } from './deadline.ts'
import { applyEvent, type BreachOutcome, type IncidentEvent } from './event.ts'
import type { Incident } from './incident.ts'
import { nextRung } from './ladder.ts'
import { limitFor } from './policy.ts'

export interface Settlement {
  readonly events: readonly IncidentEvent[]
  readonly incident: Incident
}

/**
 * Breaches every live deadline that is overdue, the longest overdue first, and lets each climb one rung. A new rung's
 * time starts now, so after an outage each rung still gets its own. Without anything overdue there are no events.
 *
 * By a clock that cannot be trusted nothing is breached, and what ran while the clock was set ahead gets first the time
 * that it has lost: a false breach is worse than a late one (reliability.md, Clock guard).
 */
export function settleOverdue(incident: Incident, context: Context): Settlement {
  if (context.clockFault) return { events: [], incident }
  const prolongation = prolong(incident, context)
  const prolonged = prolongation === undefined ? incident : applyEvent(incident, prolongation)
  const overdue = prolonged.deadlines
    .filter((deadline) => isOverdue(deadline, context.now))
    .toSorted((a, b) => a.dueAt - b.dueAt || a.no - b.no)
  let after = prolonged
  const events = prolongation === undefined ? [] : [prolongation]
  for (const deadline of overdue) {
    const event = breach(after, deadline, context)
    events.push(event)
    after = applyEvent(after, event)
  }
  return { events, incident: after }
}

/** Puts off the due times of what has not had the time that the clock was set ahead by, once for each such jump. */
function prolong(incident: Incident, { now, clockJumps }: Context): IncidentEvent | undefined {
  const prolonged =
    clockJumps.length === 0
      ? []
      : incident.deadlines.flatMap((deadline) => {
          const byMs = isLive(deadline) ? timeLost(deadline, clockJumps) - deadline.prolongedMs : 0
          return byMs > 0 ? [{ no: deadline.no, byMs }] : []
        })
  if (prolonged.length === 0) return undefined
  return {
    type: 'deadlines_prolonged',
    at: now,
    actor: null,
    requestedAt: null,
    occurredAt: null,
    note: null,
    changes: {
      state: incident.state,
      started: [],
      settled: [],
      fulfilled: [],
      assigned: null,
      endedBy: null,
      prolonged,
    },
  }
}

function timeLost({ startedAt }: Deadline, clockJumps: readonly ClockJump[]): number {
  return clockJumps
    .filter(({ from, to, byMs }) => byMs > 0 && startedAt >= (from ?? startedAt) && startedAt < to)
    .reduce((sum, { byMs }) => sum + byMs, 0)
}

function breach(incident: Incident, deadline: Deadline, { now, place, policy }: Context): IncidentEvent {
  const next = deadline.rung === 'unit' ? undefined : nextRung(policy.ladder, place, deadline.rung)
  const unclimbed: BreachOutcome = deadline.rung === 'unit' ? 'carried' : 'exhausted'
  return {
    type: 'deadline_breached',
    at: now,
    actor: null,
    requestedAt: null,
    occurredAt: null,
    note: null,
    breach: {
      deadlineNo: deadline.no,
      promise: deadline.promise,
      rung: deadline.rung,
      accountable: deadline.accountable,
      startedAt: deadline.startedAt,
      dueAt: deadline.dueAt,
      lagMs: now - deadline.dueAt,
      outcome: next === undefined ? unclimbed : 'escalated',
    },
    changes: {
      state: incident.state,
      settled: [{ no: deadline.no, state: 'breached', reason: null }],
      started:
        next === undefined
          ? []
          : [
              {
                no: incident.deadlines.length + 1,
                promise: deadline.promise,
                rung: next.kind,
                accountable: { kind: 'area', code: next.code },
                generation: deadline.generation,
                assignmentNo: null,
                areaPath: codesOf(place),
                treeVersion: place.treeVersion,
                startedAt: now,
                dueAt: now + limitFor(policy, deadline.promise, next.kind),
                escalatedFrom: deadline.no,
                handedFrom: null,
              },
            ],
      fulfilled: [],
      assigned: null,
      endedBy: null,
    },
  }
}
