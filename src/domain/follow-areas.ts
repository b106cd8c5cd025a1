import { type AreaKind, type AreaNode, codesOf } from './area.ts'
import { type Assignment, isAtWork, type Reassignment } from './assignment.ts'
import { cancel, type Handing, handEach, ownOf } from './clock-changes.ts'
import type { Context } from './context.ts'
import { type Deadline, isLive, isOverdue } from './deadline.ts'
import type { Changes, IncidentEvent } from './event.ts'
import type { Incident } from './incident.ts'
import { answeringAt } from './ladder.ts'
import { nothingBut, returnsTo, timerBase } from './situation.ts'

/**
 * Areas are merged, split and moved while cases are open. Whoever answers for a live deadline and does not stand on the case's
 * path any more can neither see the case nor act on it, so duty goes over to the area that stands at that rung now, with the
 * due time as it is: at every instant exactly one party answers that can. What ran out before is still the breach of whoever
 * let it run out. Somebody whom the case was assigned to goes over in the same way.
 *
 * Nothing where everybody stands where they should. It looks at nothing but what is known anyway.
 *
 * @param incident with nothing overdue, unless the clock cannot be trusted
 */
export function followAreas(incident: Incident, context: Context): IncidentEvent | undefined {
  const { now, place, policy } = context
  // Most cases have never seen the tree change: each of their rows names an area of this very version.
  if (incident.deadlines.every(({ treeVersion }) => treeVersion === place.treeVersion)) return undefined
  const here = new Set(codesOf(place))
  const isGone = (code: string) => !here.has(code)
  const called = incident.assignments.filter(
    (each) => isAtWork(each) && (isGone(each.whistledBy) || (isOfArea(each) && isGone(each.assignee.code))),
  )
  const stranded = incident.deadlines.filter(
    (deadline) =>
      deadline.rung !== 'unit' &&
      isLive(deadline) &&
      isGone(deadline.accountable.code) &&
      !isOverdue(deadline, now),
  )
  if (called.length === 0 && stranded.length === 0) return undefined
  const followed = called.map((each) => successorOf(each, incident, context))
  const calledOff = called.filter((_, index) => followed[index] === undefined)
  const handed = stranded.flatMap((deadline): Handing[] =>
    deadline.rung === 'unit' || calledOff.some(({ no }) => no === deadline.assignmentNo)
      ? []
      : [{ deadline, receiver: answeringAt(policy.ladder, place, deadline.rung) }],
  )
  const reassigned = followed.filter((each) => each !== undefined)
  const off = calledOff.reduce<Changes>(
    (changes, each) => cancel(changes, ownOf(incident, each), 'withdrawn', context),
    nothingBut(incident.state),
  )
  return {
    ...timerBase(context),
    type: 'duty_moved',
    changes: {
      ...handEach(off, incident, handed, context),
      ...(reassigned.length === 0 ? {} : { reassigned }),
      ...(calledOff.length === 0
        ? {}
        : { assignments: calledOff.map(({ no }) => ({ no, move: 'withdraw' as const })) }),
    },
  }
}

function isOfArea({ assignee }: Assignment): boolean {
  return assignee.kind === 'area'
}

/**
 * Who stands where an area stood: itself, as long as it is on the case's path, then whoever is at the rung at which it answered
 * last for anything of the case.
 */
export function standingFor(
  code: string,
  { deadlines }: Incident,
  { place, policy }: Pick<Context, 'place' | 'policy'>,
): AreaNode {
  const rung = rungOf(
    deadlines,
    ({ accountable }) => accountable.kind === 'area' && accountable.code === code,
  )
  return (
    place.path.find((node) => node.code === code) ??
    (rung === undefined ? returnsTo(place, policy) : answeringAt(policy.ladder, place, rung))
  )
}

function rungOf(
  deadlines: readonly Deadline[],
  matches: (deadline: Deadline) => boolean,
): AreaKind | undefined {
  const rung = deadlines.findLast(matches)?.rung
  return rung === 'unit' ? undefined : rung
}

/**
 * Who goes on with an assignment. Nobody where the case was handed down to a kind of area that is not on its path any more: then
 * it is called off, and whoever handed it down answers as before.
 */
function successorOf(
  { no, assignee, whistledBy }: Assignment,
  incident: Incident,
  context: Context,
): Reassignment | undefined {
  const { path } = context.place
  const caller = standingFor(whistledBy, incident, context)
  if (assignee.kind === 'unit') return { no, assignee, whistledBy: caller.code }
  const kind = rungOf(incident.deadlines, ({ assignmentNo }) => assignmentNo === no)
  const receiver =
    path.find((node) => node.code === assignee.code) ?? path.findLast((node) => node.kind === kind)
  return receiver === undefined
    ? undefined
    : { no, assignee: { kind: 'area', code: receiver.code }, whistledBy: caller.code }
}
