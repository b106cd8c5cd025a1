import { cancel, keep } from '../clock-changes.ts'
import { commandEvents } from '../event.ts'
import { actingOf, eventBase, nothingBut, type Outcome, ownKind, type Situation } from '../situation.ts'

/** Answers the person who reported (反馈). */
export function giveFeedback(situation: Situation): Outcome {
  const { incident, context, transition, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  if (acting.assignment?.part === 'support' && situation.request.actor.unitCode !== undefined)
    return 'not_lead_unit'
  const changes = keep(nothingBut(to), incident, transition.keeps, context)
  return { ...eventBase(situation), type: 'feedback_given', changes }
}

/**
 * Ends the case: settled on the spot (就地解决), refused as no report at all (无效), or finished after an arrival (办结).
 * Whatever is still owed then is cancelled.
 */
export function end(situation: Situation, command: 'settle' | 'reject' | 'resolve'): Outcome {
  const { incident, context, transition, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  if (acting.assignment?.part === 'support' && situation.request.actor.unitCode !== undefined)
    return 'not_lead_unit'
  const { policy } = context
  const level = ownKind(situation) ?? acting.area.kind
  if (command === 'settle' && !policy.settledBy.includes(level))
    return { code: 'may_not_settle', rule: `policy:${policy.code}:v${policy.version}:settledBy` }
  const kept = keep(nothingBut(to), incident, transition.keeps, context)
  const changes = cancel(kept, incident.deadlines, transition.cancels ?? 'resolved', context)
  return {
    ...eventBase(situation),
    type: commandEvents[command],
    changes: { ...changes, endedBy: acting.area.code },
  }
}

/** Closes a case that was resolved (结案). */
export function close(situation: Situation): Outcome {
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  return { ...eventBase(situation), type: 'closed', changes: nothingBut(situation.to) }
}
