import type { Actor } from './actor.ts'
import { type AreaKind, type AreaNode, codesOf, rankOf } from './area.ts'
import { type Assignment, isAtWork } from './assignment.ts'
import type { Context, Request } from './context.ts'
import type { Deadline } from './deadline.ts'
import type { Changes, IncidentEvent } from './event.ts'
import type { Incident } from './incident.ts'
import type { IncidentState } from './incident-state.ts'
import type { Instant } from './instant.ts'
import { actingArea, firstRung } from './ladder.ts'
import type { Policy } from './policy.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
import type { Transition } from './transitions.ts'

/** A command that its incident's state allows, and everything that it is decided by. Nothing is overdue any more. */
export interface Situation {
  readonly incident: Incident
  readonly request: Request
  readonly context: Context
  readonly transition: Transition
  /** The state that the command leads into unless its own rule chooses another. */
  readonly to: IncidentState
}

/** What a command comes to: the one event that it is, or why it is refused. */
export type Outcome = IncidentEvent | Refusal | RefusalCode

/** In whose name somebody acts. */
export interface Acting {
  /** An area's own, or that which called the unit. */
  readonly area: AreaNode
  /**
   * What was assigned to the actor's unit and is at work; or to the area that they act for or one below that, down to their own.
   */
  readonly assignment: Assignment | undefined
}

/**
 * In whose name the actor acts. A responder acts for the area that called their unit, as long as the assignment lasts;
 * everybody else for the first rung at or above their own area.
 */
export function actingOf({
  incident,
  request: { actor },
  context: { place, policy },
}: Situation): Acting | Extract<RefusalCode, 'not_assigned' | 'not_your_area'> {
  const live = incident.assignments.filter(isAtWork)
  if (actor.unitCode !== undefined) {
    const assignment = live.find(({ assignee }) => isUnit(assignee, actor))
    if (assignment === undefined) return 'not_assigned'
    const area = place.path.find(({ code }) => code === assignment.whistledBy) ?? returnsTo(place, policy)
    return { area, assignment }
  }
  const area = actingArea(policy.ladder, place, actor.areaCode ?? '')
  if (area === undefined) return 'not_your_area'
  const codes = codesOf(place)
  const own = codes.slice(codes.indexOf(area.code), codes.indexOf(actor.areaCode ?? '') + 1)
  const assignment = live.find(({ assignee }) => assignee.kind === 'area' && own.includes(assignee.code))
  return { area, assignment }
}

function isUnit({ kind, code }: Assignment['assignee'], { unitCode }: Actor): boolean {
  return kind === 'unit' && code === unitCode
}

/** The kind of the actor's own area, be it below the first rung; nothing for whoever belongs to a unit. */
export function ownKind({ request: { actor }, context: { place } }: Situation): AreaNode['kind'] | undefined {
  return place.path.find(({ code }) => code === actor.areaCode)?.kind
}

/** Where a case belongs whose area has since moved away from the area that knew it. */
export function returnsTo(place: Context['place'], policy: Policy): AreaNode {
  const rung = firstRung(policy.ladder, place) ?? place.path.at(-1)
  if (rung === undefined) throw new Error('A place has at least one area')
  return rung
}

/**
 * Whether somebody is a superior of areas of a kind: the area that they act for lies above them, or they are an administrator of
 * the area above which there is none, and speak for whoever would be above that (docs/domain.md, Pauses and extensions).
 */
export function isSuperiorOf(
  kind: AreaKind,
  { request: { actor }, context: { place } }: Situation,
  { area }: Acting,
): boolean {
  if (actor.role === 'administrator' && place.path[0]?.code === area.code) return true
  return rankOf(kind) < rankOf(area.kind)
}

/** Whether somebody is a superior of whoever answers for a deadline: of a unit that is the area which called it, too. */
export function isSuperiorOfParty(
  { rung, assignmentNo }: Pick<Deadline, 'rung' | 'assignmentNo'>,
  situation: Situation,
  acting: Acting,
): boolean {
  if (rung !== 'unit') return isSuperiorOf(rung, situation, acting)
  const called = situation.incident.assignments.find(({ no }) => no === assignmentNo)
  return called !== undefined && isCallerOrAbove(called, situation, acting)
}

/** Whether somebody acts for the area that called, or for one above it; once that is elsewhere, everybody here does. */
export function isCallerOrAbove({ whistledBy }: Assignment, situation: Situation, acting: Acting): boolean {
  const caller = situation.context.place.path.find(({ code }) => code === whistledBy)
  return (
    caller === undefined || caller.code === acting.area.code || isSuperiorOf(caller.kind, situation, acting)
  )
}

/** What every command's event has. */
export function eventBase({ request, context }: Pick<Situation, 'request' | 'context'>) {
  return {
    at: context.now,
    actor: request.actor,
    requestedAt: request.requestedAt,
    occurredAt: request.occurredAt,
    note: request.note,
    ...(context.clockFault ? { clockFault: context.clockFault } : {}),
  }
}

/** What a timer's event has: nobody asked for it. */
export function timerBase({ now }: { readonly now: Instant }) {
  return { at: now, actor: null, requestedAt: null, occurredAt: null, note: null }
}

/** Changes that change nothing but the state. */
export function nothingBut(state: IncidentState): Changes {
  return { state, started: [], settled: [], fulfilled: [], assigned: [], endedBy: null }
}
