import { codesOf } from '../area.ts'
import { type Assignment, type AssignmentMove, isAtWork } from '../assignment.ts'
import { cancel, keep, keepOwn, ownOf } from '../clock-changes.ts'
import type { CancelReason } from '../deadline.ts'
import { commandEvents } from '../event.ts'
import { liveLead } from '../incident.ts'
import {
  type Acting,
  actingOf,
  eventBase,
  isCallerOrAbove,
  isSuperiorOf,
  nothingBut,
  type Outcome,
  type Situation,
} from '../situation.ts'

/** The unit takes the assignment on (报到). */
export function accept(situation: Situation): Outcome {
  const own = ownAssignment(situation)
  if (typeof own === 'string') return own
  if (own.acceptedAt !== null) return 'already_accepted'
  if (own.state === 'return_requested') return 'return_pending'
  return moving(situation, 'accept', own, 'accept')
}

/**
 * Somebody stands at the place (到场). It keeps the incident's on-site promise where it is the lead, or the area's own worker
 * while no lead is at work; of a supporting unit it keeps that unit's own and nothing else.
 */
export function arrive(situation: Situation, distanceM: number | null): Outcome {
  const { incident, context, transition, to } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const assignment = acting.assignment ?? givenAbove(situation)
  if (assignment !== undefined && assignment.arrivedAt !== null) return 'illegal_transition'
  const farFromPlace = distanceM === null ? null : distanceM > context.policy.arrivalRadiusM
  const event = { ...eventBase(situation), type: 'arrived' as const, farFromPlace }
  if (assignment?.part === 'support') {
    const changes = keepOwn(nothingBut(incident.state), incident, assignment, context)
    return { ...event, changes: { ...changes, ...moves(assignment, 'arrive') } }
  }
  if (assignment === undefined) {
    if (liveLead(incident) !== undefined) return 'not_lead_unit'
    if (incident.state === 'on_site') return 'illegal_transition'
  }
  const changes = keep(nothingBut(to), incident, transition.keeps, context, assignment)
  return {
    ...event,
    changes: assignment === undefined ? changes : { ...changes, ...moves(assignment, 'arrive') },
  }
}

/** What was handed down to an area that the actor works below: they are its own worker, too, and come for it. */
function givenAbove({ incident, request: { actor }, context: { place } }: Situation): Assignment | undefined {
  const codes = codesOf(place)
  const lead = liveLead(incident)
  const isAbove =
    lead?.assignee.kind === 'area' && codes.indexOf(lead.assignee.code) < codes.indexOf(actor.areaCode ?? '')
  return isAbove ? lead : undefined
}

/**
 * The unit gives the assignment back (退单). As often as the policy says the area that called it assigns again; after that
 * the unit stays accountable until the area above has ruled.
 */
export function giveBack(situation: Situation): Outcome {
  const { incident, context } = situation
  const own = ownAssignment(situation)
  if (typeof own === 'string') return own
  if (own.arrivedAt !== null || own.returnRefused) return 'return_not_possible'
  if (own.state === 'return_requested') return 'return_pending'
  const earlier = incident.assignments.filter(({ state }) => state === 'returned').length
  return earlier < context.policy.returnsMax
    ? ending(situation, 'return', own, 'return', 'returned')
    : moving(situation, 'return', own, 'request_return')
}

/** The area above rules on a return (裁定): it stands, or the unit has to go. */
export function ruleReturn(
  situation: Situation,
  { assignmentNo, upheld }: { readonly assignmentNo: number; readonly upheld: boolean },
): Outcome {
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const asked = situation.incident.assignments.find(({ no }) => no === assignmentNo)
  if (asked?.state !== 'return_requested') return { code: 'assignment_not_open', named: assignmentNo }
  if (!standsAboveCaller(situation, acting, asked)) return 'not_superior'
  return upheld
    ? ending(situation, 'rule_return', asked, 'return', 'returned')
    : moving(situation, 'rule_return', asked, 'refuse_return')
}

/** The area that called a unit, or one above it, calls it off. */
export function withdraw(situation: Situation, assignmentNo: number): Outcome {
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const asked = situation.incident.assignments.find(({ no }) => no === assignmentNo)
  if (asked === undefined || !isAtWork(asked)) return { code: 'assignment_not_open', named: assignmentNo }
  if (!isCallerOrAbove(asked, situation, acting)) return 'not_superior'
  return ending(situation, 'withdraw', asked, 'withdraw', 'withdrawn')
}

/** The unit has done its part. */
export function finish(situation: Situation): Outcome {
  const own = ownAssignment(situation)
  if (typeof own === 'string') return own
  if (own.arrivedAt === null) return 'not_arrived'
  return ending(situation, 'finish', own, 'finish', 'finished')
}

function ownAssignment(situation: Situation): Assignment | 'not_assigned' | 'not_your_area' {
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  return acting.assignment ?? 'not_assigned'
}

/** Whether the actor stands above the area that called; once that is elsewhere, everybody here does. */
function standsAboveCaller(situation: Situation, acting: Acting, { whistledBy }: Assignment): boolean {
  const caller = situation.context.place.path.find(({ code }) => code === whistledBy)
  return caller === undefined || isSuperiorOf(caller.kind, situation, acting)
}

type OfAssignment = 'accept' | 'return' | 'rule_return' | 'withdraw' | 'finish'

function moves({ no }: Assignment, move: AssignmentMove) {
  return { assignments: [{ no, move }] }
}

function moving(
  situation: Situation,
  command: OfAssignment,
  assignment: Assignment,
  move: AssignmentMove,
): Outcome {
  const changes = { ...nothingBut(situation.to), ...moves(assignment, move) }
  return { ...eventBase(situation), type: commandEvents[command], changes }
}

/** Ends an assignment, and with it the deadline that it had of its own. The incident's go on. */
function ending(
  situation: Situation,
  command: OfAssignment,
  assignment: Assignment,
  move: AssignmentMove,
  reason: CancelReason,
): Outcome {
  const { incident, context, to } = situation
  const changes = cancel(nothingBut(to), ownOf(incident, assignment), reason, context)
  return {
    ...eventBase(situation),
    type: commandEvents[command],
    changes: { ...changes, ...moves(assignment, move) },
  }
}
