import { type AreaNode, codesOf, rankOf } from '../area.ts'
import { type AssignmentPart, type AssignmentStart, isAtWork } from '../assignment.ts'
import { caseLimits } from '../case-limits.ts'
import { dueIfResumed, handOver, keep, startAt } from '../clock-changes.ts'
import type { Deadline, DeadlineStart, Party } from '../deadline.ts'
import type { Changes } from '../event.ts'
import { type Incident, liveLead, ownOnSite } from '../incident.ts'
import { standing, takenBy } from '../merge-takings.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'
import { type Acting, actingOf, eventBase, nothingBut, type Outcome, type Situation } from '../situation.ts'
import type { UnitFacts } from '../unit.ts'

/** A unit that a whistle calls, and as what. */
export interface CalledUnit {
  readonly unit: UnitFacts
  readonly part: AssignmentPart
}

/** Calls units to the case (吹哨). Whoever blows the whistle answers for the case from then on, if nobody above does. */
export function whistle(situation: Situation, units: readonly CalledUnit[]): Outcome {
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const refusal = refusedCall(situation, acting, units)
  if (refusal !== undefined) return refusal
  const { area } = acting
  const calls = units.map(({ unit, part }) => ({
    assignee: { kind: 'unit', code: unit.code } as const,
    part,
    rung: 'unit' as const,
  }))
  const handed = handOver(keptReport(situation), situation.incident, area, situation.context)
  return { ...eventBase(situation), type: 'whistle_blown', changes: call(situation, handed, area, calls) }
}

/**
 * Gives the case to an area below to carry out (下派). The area above stays accountable for the incident's own promises:
 * duty does not fall back.
 */
export function handDown(situation: Situation, areaCode: string): Outcome {
  const { incident, context } = situation
  const acting = actingOf(situation)
  if (typeof acting === 'string') return acting
  const below = context.place.path.find(({ code }) => code === areaCode)
  if (below === undefined || rankOf(below.kind) >= rankOf(acting.area.kind))
    return { code: 'not_below', named: areaCode }
  if (rankOf(below.kind) < rankOf(context.category.admittedFrom))
    return {
      code: 'category_not_admitted',
      rule: `category:${incident.categoryCode}:admittedFrom`,
      named: areaCode,
    }
  if (liveLead(incident) !== undefined) return 'lead_exists'
  if (incident.assignments.length >= caseLimits.assignments) return 'too_many_assignments'
  const handed = handOver(keptReport(situation), incident, acting.area, context)
  const calls = [
    { assignee: { kind: 'area', code: below.code } as const, part: 'lead' as const, rung: below.kind },
  ]
  return {
    ...eventBase(situation),
    type: 'handed_down',
    changes: call(situation, handed, acting.area, calls),
  }
}

function keptReport({ incident, transition, context, to }: Situation): Changes {
  return keep(nothingBut(to), incident, transition.keeps, context)
}

function refusedCall(
  situation: Situation,
  acting: Acting,
  units: readonly CalledUnit[],
): Refusal | RefusalCode | undefined {
  const { incident } = situation
  if (units.some(({ part }) => part === 'lead') && liveLead(incident) !== undefined) return 'lead_exists'
  if (incident.assignments.length + units.length > caseLimits.assignments) return 'too_many_assignments'
  for (const called of units) {
    const refusal = refusedUnit(situation, acting, called)
    if (refusal !== undefined) {
      const named = { named: called.unit.code }
      return typeof refusal === 'string' ? { code: refusal, ...named } : { ...refusal, ...named }
    }
  }
  return undefined
}

/** Whoever leads serves the category; joint handling (问题联办) needs helpers of other trades. */
function refusedUnit(
  { incident, context: { place, policy, category } }: Situation,
  { area }: Acting,
  { unit, part }: CalledUnit,
): Refusal | RefusalCode | undefined {
  const { categoryCodes: served } = unit
  if (unit.retired) return 'unit_retired'
  if (!codesOf(place).includes(unit.areaCode)) return 'unit_does_not_serve_area'
  if (part === 'lead' && served !== null && !served.some((code) => category.path.includes(code)))
    return 'unit_does_not_serve_category'
  if (!(policy.whistles[area.kind] ?? []).includes(unit.kind))
    return {
      code: 'may_not_whistle',
      rule: `policy:${policy.code}:v${policy.version}:whistles.${area.kind}`,
    }
  const atWork = incident.assignments.filter(isAtWork).map(({ assignee }) => assignee)
  if (atWork.some(({ kind, code }) => kind === 'unit' && code === unit.code)) return 'already_assigned'
  return undefined
}

/** Makes an assignment for each call, and its own on-site deadline. */
function call(
  { incident, context }: Situation,
  handed: Changes,
  area: AreaNode,
  calls: readonly { assignee: Party; part: AssignmentPart; rung: Deadline['rung'] }[],
): Changes {
  const assigned: AssignmentStart[] = calls.map(({ assignee, part }, index) => ({
    no: incident.assignments.length + index + 1,
    assignee,
    part,
    whistledBy: area.code,
  }))
  const { takings, ...dueTime } = ownDueTime(incident, context)
  const deadlines = calls.map(
    ({ assignee, rung }, index): DeadlineStart => ({
      ...startAt(incident, area, context, handed.started.length + index),
      promise: 'on_site',
      generation: incident.generation,
      rung,
      accountable: assignee,
      assignmentNo: incident.assignments.length + index + 1,
      ...dueTime,
    }),
  )
  const taken = deadlines.flatMap(({ no }) => takings.map((each) => ({ ...each, no })))
  return {
    ...handed,
    started: [...handed.started, ...deadlines],
    assigned,
    ...(taken.length === 0 ? {} : { taken }),
  }
}

/**
 * When somebody who is called must be there: the policy's limit from now on, no later than the incident's own on-site
 * deadline, no sooner than the policy's minimum (docs/domain.md, Whistled units). Where merges have brought the incident's own
 * forward, it says by how much they did so with this one, all of them and each alone: an undoing gives that back.
 */
function ownDueTime(
  incident: Incident,
  context: Situation['context'],
): Pick<DeadlineStart, 'dueAt' | 'advancedMs'> & { takings: { incidentId: string; byMs: number }[] } {
  const { now, policy } = context
  const own = ownOnSite(incident)
  const limit = now + policy.unitLimitMs
  const dueBy = (latest: number) => Math.max(Math.min(limit, latest), now + policy.unitMinimumMs)
  if (own === undefined) return { dueAt: dueBy(limit), advancedMs: 0, takings: [] }
  const latest = dueIfResumed(own, context)
  const unmerged = latest + own.advancedMs
  const takenWith = (ms: number) => dueBy(unmerged) - dueBy(unmerged - ms)
  const takings = standing(incident).map((merge) => ({
    incidentId: merge.incidentId,
    byMs: takenWith(takenBy(merge, own, incident)),
  }))
  return {
    dueAt: dueBy(latest),
    advancedMs: takenWith(own.advancedMs),
    takings: takings.filter(({ byMs }) => byMs > 0),
  }
}
