import { codesOf } from '../area.ts'
import { caseLimits, hasRoomFor } from '../case-limits.ts'
import { startAt } from '../clock-changes.ts'
import type { Context } from '../context.ts'
import type { DeadlineStart } from '../deadline.ts'
import type { Rating } from '../event.ts'
import type { Incident } from '../incident.ts'
import { carrierInsteadOf } from '../ladder.ts'
import { limitFor } from '../policy.ts'
import { actingOf, eventBase, nothingBut, type Outcome, returnsTo, type Situation } from '../situation.ts'

/** Takes a case up again (重办). It returns to the area that had ended it. */
export function reopen(situation: Situation): Outcome {
  const { incident, context, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  if (hasLeftDistrict(situation)) return 'area_left_district'
  if (incident.generation >= caseLimits.generations) return 'too_many_generations'
  const changes = { ...nothingBut(to), started: promisedAnew(incident, context) }
  return { ...eventBase(situation), type: 'reopened', changes }
}

/**
 * The reporter says whether it worked (问效于民). Whoever says no reopens the case, as often as the policy and the case
 * allow it; after that the answer is kept all the same. Once everybody who reported has said yes, the case is closed.
 */
export function rate(
  situation: Situation,
  rating: Rating,
  { othersAsked, rated }: { readonly othersAsked: boolean; readonly rated: boolean },
): Outcome {
  const { incident, context } = situation
  const { policy, now } = context
  if (rated) return 'already_rated'
  if (incident.endedAt !== null && now > incident.endedAt + policy.ratingTimeMs) return 'rating_over'
  const event = { ...eventBase(situation), type: 'rated' as const, rating }
  const { state } = incident
  if (rating.solved)
    return { ...event, changes: nothingBut(state === 'resolved' && !othersAsked ? 'closed' : state) }
  if (incident.reopenings >= policy.reopeningsMax || hasLeftDistrict(situation))
    return { ...event, changes: nothingBut(state) }
  const started = promisedAnew(incident, context)
  if (incident.generation >= caseLimits.generations || !hasRoomFor(incident, started.length))
    return { ...event, changes: nothingBut(state) }
  return { ...event, changes: { ...nothingBut('reported'), started } }
}

/** The incident's rows all lie in one district. */
function hasLeftDistrict({ incident, context: { place } }: Situation): boolean {
  return !codesOf(place).includes(incident.districtCode)
}

/**
 * A reopened case owes feedback and arrival again, from now, by the area that had ended it; where that may not be made to
 * carry such a case, by the first above that may (准入).
 */
function promisedAnew(incident: Incident, context: Context): DeadlineStart[] {
  const { place, policy, category, now } = context
  const ended = place.path.find((node) => node.code === incident.endedByAreaCode)
  const back = ended ?? returnsTo(place, policy)
  const accountable = carrierInsteadOf(back, policy.ladder, place, category.admittedFrom)
  return (['feedback', 'on_site'] as const).map((promise, index) => ({
    ...startAt(incident, accountable, context, index),
    promise,
    generation: incident.generation + 1,
    dueAt: now + limitFor(policy, promise, accountable.kind),
  }))
}
