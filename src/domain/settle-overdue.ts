import { alarmsOf } from './alarms.ts'
import { applyEvent } from './apply-event.ts'
import { startAt } from './clock-changes.ts'
import { pauseOver } from './commands/relieve.ts'
import type { ClockJump, Context } from './context.ts'
import { type Deadline, isLive, isOfIncident, isOverdue } from './deadline.ts'
import type { BreachOutcome, IncidentEvent } from './event.ts'
import { followAreas } from './follow-areas.ts'
import type { Incident } from './incident.ts'
import { nextRung } from './ladder.ts'
import { limitFor } from './policy.ts'
import { nothingBut, timerBase } from './situation.ts'

export interface Settlement {
  readonly events: readonly IncidentEvent[]
  readonly incident: Incident
}

/**
 * Rings every alarm whose time has come and breaches every live deadline that is overdue, the longest overdue first, and
 * lets each climb one rung. A new rung's time starts now, so after an outage each rung still gets its own. What is left goes
 * over to whoever stands on the case's path now. Without anything of this there are no events.
 *
 * By a clock that cannot be trusted nothing is breached and nothing rings, and what ran while the clock was set ahead gets
 * first the time that it has lost: a false breach is worse than a late one (docs/reliability.md, Clock guard).
 */
export function settleOverdue(incident: Incident, context: Context): Settlement {
  let after = incident
  const events: IncidentEvent[] = []
  const happen = (event: IncidentEvent | undefined): void => {
    if (event === undefined) return
    events.push(event)
    after = applyEvent(after, event)
  }
  if (!context.clockFault) {
    happen(prolong(after, context))
    // A clock that goes on again after a pause may be overdue at once.
    for (const event of rung(after, context)) happen(event)
    const overdue = after.deadlines
      .filter((deadline) => isOverdue(deadline, context.now))
      .toSorted((a, b) => a.dueAt - b.dueAt || a.no - b.no)
    for (const deadline of overdue) happen(breach(after, deadline, context))
  }
  happen(followAreas(after, context))
  return { events, incident: after }
}

/** What alarms do whose time has come. A pause ends when it was to end, however late somebody looks. */
function rung(incident: Incident, context: Context): IncidentEvent[] {
  return alarmsOf(incident, context.policy)
    .filter(({ at }) => at < context.now)
    .map((alarm): IncidentEvent => {
      if (alarm.kind === 'close')
        return { ...timerBase(context), type: 'closed_unanswered', changes: nothingBut('closed') }
      const over = pauseOver(incident, alarm.relief, alarm.at, context)
      return {
        ...timerBase(context),
        type: 'pause_ended',
        changes: { ...nothingBut(incident.state), ...over },
      }
    })
}

/** Puts off the due times of what has not had the time that the clock was set ahead by, once for each such jump. */
function prolong(incident: Incident, context: Context): IncidentEvent | undefined {
  const { clockJumps } = context
  const prolonged =
    clockJumps.length === 0
      ? []
      : incident.deadlines.flatMap((deadline) => {
          const byMs = isLive(deadline) ? timeLost(deadline, clockJumps) - deadline.prolongedMs : 0
          return byMs > 0 ? [{ no: deadline.no, byMs }] : []
        })
  if (prolonged.length === 0) return undefined
  return {
    ...timerBase(context),
    type: 'deadlines_prolonged',
    changes: { ...nothingBut(incident.state), prolonged },
  }
}

function timeLost({ startedAt }: Deadline, clockJumps: readonly ClockJump[]): number {
  return clockJumps
    .filter(({ from, to, byMs }) => byMs > 0 && startedAt >= (from ?? startedAt) && startedAt < to)
    .reduce((sum, { byMs }) => sum + byMs, 0)
}

function breach(incident: Incident, deadline: Deadline, context: Context): IncidentEvent {
  const { now, place, policy } = context
  const climbs = isOfIncident(deadline) && deadline.rung !== 'unit'
  const next = climbs ? nextRung(policy.ladder, place, deadline.rung) : undefined
  const unclimbed: BreachOutcome = climbs ? 'exhausted' : 'carried'
  return {
    ...timerBase(context),
    type: 'deadline_breached',
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
      ...nothingBut(incident.state),
      settled: [{ no: deadline.no, state: 'breached', reason: null }],
      started:
        next === undefined
          ? []
          : [
              {
                ...startAt(incident, next, context, 0),
                promise: deadline.promise,
                generation: deadline.generation,
                reportId: deadline.reportId,
                dueAt: now + limitFor(policy, deadline.promise, next.kind),
                escalatedFrom: deadline.no,
              },
            ],
    },
  }
}
