import { type AreaKind, rankOf } from '../area.ts'
import { caseLimits } from '../case-limits.ts'
import { handOver, keep } from '../clock-changes.ts'
import { isLive } from '../deadline.ts'
import { exhaustedOf } from '../incident.ts'
import { nextRung } from '../ladder.ts'
import {
  actingOf,
  eventBase,
  isSuperiorOfParty,
  nothingBut,
  type Outcome,
  type Situation,
} from '../situation.ts'

/** Checks the report and hands the case to the rung above (上报). */
export function reportUp(situation: Situation): Outcome {
  const { incident, context, transition, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const holder = incident.deadlines.findLast(({ promise }) => promise === 'report')
  // Whoever stands above the accountable area whistles instead of handing up what is not theirs yet.
  if (holder !== undefined && holder.rung !== 'unit' && rankOf(acting.area.kind) > rankOf(holder.rung))
    return 'not_accountable'
  const receiver = nextRung(context.policy.ladder, context.place, acting.area.kind)
  if (receiver === undefined) return 'no_rung_above'
  const kept = keep(nothingBut(to), incident, transition.keeps, context)
  return {
    ...eventBase(situation),
    type: 'reported_up',
    changes: handOver(kept, incident, receiver, context),
  }
}

/**
 * A superior makes an area at or below their own accountable, above whoever is (提级): a rung of the ladder, or their own.
 * The due times stay as they are.
 */
export function raise(situation: Situation, rung: AreaKind): Outcome {
  const { incident, context, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const { place, policy } = context
  const receiver = rung === acting.area.kind ? acting.area : place.path.findLast(({ kind }) => kind === rung)
  if (receiver === undefined || (receiver !== acting.area && !policy.ladder.includes(rung)))
    return { code: 'no_rung_above', named: rung }
  if (rankOf(receiver.kind) > rankOf(acting.area.kind)) return { code: 'not_superior', named: rung }
  const changes = handOver(nothingBut(to), incident, receiver, context)
  if (changes.started.length === 0) return { code: 'nothing_to_raise', named: rung }
  return { ...eventBase(situation), type: 'raised', changes }
}

/**
 * A superior urges whoever is accountable (督办), be it for what is on the red list. It moves no clock, and stands beside each
 * deadline that it concerned.
 */
export function urge(situation: Situation): Outcome {
  const { incident, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const exhausted = new Set(exhaustedOf(incident))
  const below = incident.deadlines.filter(
    (deadline) =>
      (isLive(deadline) || exhausted.has(deadline)) && isSuperiorOfParty(deadline, situation, acting),
  )
  if (below.length === 0) return 'not_superior'
  if (below.some(({ urges }) => urges >= caseLimits.urges)) return 'too_many_urges'
  const urged = below.map(({ no }) => no)
  return { ...eventBase(situation), type: 'urged', changes: { ...nothingBut(to), urged } }
}
