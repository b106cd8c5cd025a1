import type { Actor } from './actor.ts'
import { type AreaNode, codesOf, type Place, rankOf } from './area.ts'
import type { Context, Request } from './context.ts'
import {
  type Deadline,
  type DeadlineStart,
  isLive,
  isOverdue,
  type Party,
  type PromiseKind,
} from './deadline.ts'
import { applyEvent, type Changes, commandEvents, type IncidentEvent } from './event.ts'
import { type CommandType, type Incident, liveLead, type Transition, transitions } from './incident.ts'
import { actingArea, firstRung, nextRung } from './ladder.ts'
import { limitFor, type Policy } from './policy.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
import { settleOverdue } from './settle-overdue.ts'

/** A unit as a whistle needs to know it: the top of the subtree that it serves. */
export interface UnitFacts {
  readonly code: string
  readonly areaCode: string
}

export type Command =
  | { readonly type: 'whistle'; readonly unit: UnitFacts }
  /** `distanceM` is that between the claimed position and the incident's, where both are known. */
  | { readonly type: 'arrive'; readonly distanceM: number | null }
  | { readonly type: Exclude<CommandType, 'whistle' | 'arrive'> }

/** What was decided: the events in order, the incident after them, and why the command itself did not go through. */
export interface Decision {
  readonly events: readonly IncidentEvent[]
  readonly incident: Incident
  readonly refusal: Refusal | null
}

/**
 * Settles what is overdue, then decides a command. What was settled stays settled even if the command is refused, so
 * no slow worker can turn a late act into a kept promise.
 */
export function decide(incident: Incident, command: Command, request: Request, context: Context): Decision {
  const settlement = settleOverdue(incident, context)
  const outcome = carryOut(settlement.incident, command, request, context)
  if (typeof outcome === 'string') return { ...settlement, refusal: { code: outcome } }
  return {
    events: [...settlement.events, outcome],
    incident: applyEvent(settlement.incident, outcome),
    refusal: null,
  }
}

function carryOut(
  incident: Incident,
  command: Command,
  request: Request,
  context: Context,
): IncidentEvent | RefusalCode {
  const { now, place, policy } = context
  const transition: Transition = transitions[command.type]
  if (!transition.from.includes(incident.state)) return refusedTransition(incident, command)

  const acting = actingParty(incident, request.actor, context)
  if (typeof acting === 'string') return acting

  const base = {
    at: now,
    actor: request.actor,
    requestedAt: request.requestedAt,
    occurredAt: request.occurredAt,
    note: request.note,
    ...(context.clockFault ? { clockFault: context.clockFault } : {}),
  }
  const changes: Changes = {
    state: transition.to ?? incident.state,
    ...keep(incident, transition.keeps),
    started: [],
    assigned: null,
    endedBy: null,
  }

  switch (command.type) {
    case 'report_up': {
      const holder = incident.deadlines.findLast(({ promise }) => promise === 'report')
      // Whoever stands above the accountable area whistles instead of handing up what is not theirs yet.
      if (holder !== undefined && holder.rung !== 'unit' && rankOf(acting.kind) > rankOf(holder.rung))
        return 'not_accountable'
      const receiver = nextRung(policy.ladder, place, acting.kind)
      if (receiver === undefined) return 'no_rung_above'
      return { ...base, type: 'reported_up', changes: handOver(incident, changes, receiver, context) }
    }
    case 'whistle': {
      if (!codesOf(place).includes(command.unit.areaCode)) return 'unit_does_not_serve_area'
      const handed = handOver(incident, changes, acting, context)
      const assigned = {
        no: incident.assignments.length + 1,
        unitCode: command.unit.code,
        whistledBy: acting.code,
      }
      const started = [...handed.started, unitDeadline(incident, assigned, handed.started.length, context)]
      return { ...base, type: 'whistle_blown', changes: { ...handed, started, assigned } }
    }
    case 'arrive': {
      const lead = liveLead(incident)
      if (lead !== undefined && request.actor.unitCode !== lead.unitCode) return 'not_lead_unit'
      const farFromPlace = command.distanceM === null ? null : command.distanceM > policy.arrivalRadiusM
      return { ...base, type: 'arrived', farFromPlace, changes }
    }
    case 'settle':
    case 'reject':
    case 'resolve': {
      const kept = new Set(changes.settled.map(({ no }) => no))
      const cancelled = incident.deadlines
        .filter((deadline) => isLive(deadline) && !kept.has(deadline.no))
        .map(({ no }) => ({ no, state: 'cancelled' as const, reason: transition.cancels ?? null }))
      const settled = [...changes.settled, ...cancelled]
      return {
        ...base,
        type: commandEvents[command.type],
        changes: { ...changes, settled, endedBy: acting.code },
      }
    }
    case 'reopen':
      if (!codesOf(place).includes(incident.districtCode)) return 'area_left_district'
      return { ...base, type: 'reopened', changes: { ...changes, started: promisedAnew(incident, context) } }
    case 'feedback':
    case 'close':
      return { ...base, type: commandEvents[command.type], changes }
  }
}

function refusedTransition(incident: Incident, command: Command): RefusalCode {
  const undecided: Transition = transitions.settle
  return command.type === 'resolve' && undecided.from.includes(incident.state)
    ? 'not_arrived'
    : 'illegal_transition'
}

/** The area in whose name the actor acts: a responder acts for the area that whistled their unit. */
function actingParty(
  incident: Incident,
  actor: Actor,
  { place, policy }: Context,
): AreaNode | Extract<RefusalCode, 'not_lead_unit' | 'not_your_area'> {
  if (actor.unitCode !== undefined) {
    const lead = liveLead(incident)
    if (lead?.unitCode !== actor.unitCode) return 'not_lead_unit'
    return place.path.find((node) => node.code === lead.whistledBy) ?? returnsTo(place, policy)
  }
  return actingArea(policy.ladder, place, actor.areaCode ?? '') ?? 'not_your_area'
}

/** Meets the live deadlines of the kept promises and stamps the breached ones below them. */
function keep(incident: Incident, promises: readonly PromiseKind[]): Pick<Changes, 'settled' | 'fulfilled'> {
  const owed = incident.deadlines.filter(
    (deadline) => promises.includes(deadline.promise) && deadline.generation === incident.generation,
  )
  return {
    settled: owed.filter(isLive).map(({ no }) => ({ no, state: 'met', reason: null })),
    fulfilled: owed
      .filter((deadline) => deadline.state === 'breached' && deadline.fulfilledAt === null)
      .map(({ no }) => no),
  }
}

/**
 * Hands every deadline that stays live to a higher area, with the due time it has. What is at that rung or above it
 * already stays where it is: duty climbs, it does not fall back. So does what ran out while a clock fault kept it from
 * being breached: it is still the breach of whoever let it run out.
 */
function handOver(incident: Incident, changes: Changes, receiver: AreaNode, context: Context): Changes {
  const kept = new Set(changes.settled.map(({ no }) => no))
  const handed = incident.deadlines.filter(
    (deadline): deadline is Deadline & { rung: AreaNode['kind'] } =>
      isLive(deadline) &&
      !kept.has(deadline.no) &&
      deadline.rung !== 'unit' &&
      !isOverdue(deadline, context.now) &&
      rankOf(deadline.rung) < rankOf(receiver.kind),
  )
  return {
    ...changes,
    settled: [
      ...changes.settled,
      ...handed.map(({ no }) => ({ no, state: 'cancelled' as const, reason: 'handed_over' as const })),
    ],
    started: handed.map((deadline, index) => ({
      ...startAt(incident, receiver, context, index),
      promise: deadline.promise,
      generation: deadline.generation,
      dueAt: deadline.dueAt,
      handedFrom: deadline.no,
    })),
  }
}

/**
 * A whistled unit's own on-site deadline: its limit from the whistle, no later than the incident's own on-site
 * deadline, no sooner than the policy's minimum (domain.md, Whistled units).
 */
function unitDeadline(
  incident: Incident,
  assigned: { no: number; unitCode: string },
  offset: number,
  { now, place, policy }: Context,
): DeadlineStart {
  const own = incident.deadlines.find((deadline) => isLive(deadline) && deadline.promise === 'on_site')
  const limit = now + policy.unitLimitMs
  const accountable: Party = { kind: 'unit', code: assigned.unitCode }
  return {
    no: incident.deadlines.length + offset + 1,
    promise: 'on_site',
    rung: 'unit',
    accountable,
    generation: incident.generation,
    assignmentNo: assigned.no,
    areaPath: codesOf(place),
    treeVersion: place.treeVersion,
    startedAt: now,
    dueAt: Math.max(Math.min(limit, own?.dueAt ?? limit), now + policy.unitMinimumMs),
    escalatedFrom: null,
    handedFrom: null,
  }
}

/** A reopened case owes feedback and arrival again, from now, by the area that had ended it. */
function promisedAnew(incident: Incident, context: Context): DeadlineStart[] {
  const { place, policy, now } = context
  const ended = place.path.find((node) => node.code === incident.endedByAreaCode)
  const accountable = ended ?? returnsTo(place, policy)
  return (['feedback', 'on_site'] as const).map((promise, index) => ({
    ...startAt(incident, accountable, context, index),
    promise,
    generation: incident.generation + 1,
    dueAt: now + limitFor(policy, promise, accountable.kind),
  }))
}

/** Where a case belongs whose area has since moved away from the area that knew it. */
function returnsTo(place: Place, policy: Policy): AreaNode {
  const rung = firstRung(policy.ladder, place) ?? place.path.at(-1)
  if (rung === undefined) throw new Error('A place has at least one area')
  return rung
}

/** What the deadlines that start now at one area have in common. `offset` counts those of the same event. */
function startAt(
  incident: Incident,
  area: AreaNode,
  { now, place }: Context,
  offset: number,
): Omit<DeadlineStart, 'promise' | 'generation' | 'dueAt'> {
  return {
    no: incident.deadlines.length + offset + 1,
    rung: area.kind,
    accountable: { kind: 'area', code: area.code },
    assignmentNo: null,
    areaPath: codesOf(place),
    treeVersion: place.treeVersion,
    startedAt: now,
    escalatedFrom: null,
    handedFrom: null,
  }
}
