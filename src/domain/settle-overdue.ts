import { codesOf } from './area.ts'
import type { Context } from './context.ts'
import { type Deadline, isOverdue, type PromiseKind } from './deadline.ts'
import { applyEvent, type BreachOutcome, type IncidentEvent } from './event.ts'
import type { Incident } from './incident.ts'
import type { Instant } from './instant.ts'
import { nextRung } from './ladder.ts'
import { limitFor } from './policy.ts'

export interface Settlement {
  readonly events: readonly IncidentEvent[]
  readonly incident: Incident
}

/** The request in whose course something overdue was found, and which promises it would have kept. */
export interface Occasion {
  readonly requestedAt: Instant
  readonly keeps: readonly PromiseKind[]
}

/**
 * Breaches every live deadline that is overdue, the longest overdue first, and lets each climb one rung. A new rung's
 * time starts now, so after an outage each rung still gets its own. Without anything overdue there are no events.
 */
export function settleOverdue(incident: Incident, context: Context, occasion?: Occasion): Settlement {
  const overdue = incident.deadlines
    .filter((deadline) => isOverdue(deadline, context.now))
    .toSorted((a, b) => a.dueAt - b.dueAt || a.no - b.no)
  let after = incident
  const events: IncidentEvent[] = []
  for (const deadline of overdue) {
    const event = breach(after, deadline, context, occasion)
    events.push(event)
    after = applyEvent(after, event)
  }
  return { events, incident: after }
}

function breach(
  incident: Incident,
  deadline: Deadline,
  { now, place, policy }: Context,
  occasion: Occasion | undefined,
): IncidentEvent {
  const next = deadline.rung === 'unit' ? undefined : nextRung(policy.ladder, place, deadline.rung)
  const unclimbed: BreachOutcome = deadline.rung === 'unit' ? 'carried' : 'exhausted'
  const inTime = occasion?.keeps.includes(deadline.promise) === true && occasion.requestedAt <= deadline.dueAt
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
      requestInTimeAt: inTime ? occasion.requestedAt : null,
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
