import type { Actor } from '../../src/domain/actor.ts'
import type { AreaNode } from '../../src/domain/area.ts'
import { type PromiseKind, promiseKinds } from '../../src/domain/deadline.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import type { UnitFacts } from '../../src/domain/unit.ts'
import {
  type Act,
  above,
  atOrAbove,
  type Climb,
  climbOf,
  fallback,
  height,
  type Look,
} from './reference-climb.ts'

/**
 * The rules of the domain once more, written from its description and not from its code, and as naively as possible: a
 * history of looks and acts is all that is kept, and everything else is told anew from the whole of it each time. Whoever
 * changes a rule says it here too, in other words than there.
 */

/** From which states a command is allowed, and into which it leads; nothing where the state stays. */
export const life: Readonly<
  Record<CommandType, readonly [from: readonly IncidentState[], to: IncidentState | null]>
> = {
  report_up: [['received'], 'reported'],
  feedback: [['received', 'reported', 'dispatched', 'on_site'], null],
  whistle: [['received', 'reported'], 'dispatched'],
  arrive: [['received', 'reported', 'dispatched'], 'on_site'],
  settle: [['received', 'reported', 'dispatched'], 'resolved'],
  reject: [['received', 'reported', 'dispatched'], 'rejected'],
  resolve: [['on_site'], 'resolved'],
  close: [['resolved'], 'closed'],
  reopen: [['resolved', 'closed', 'rejected'], 'reported'],
}
const ending: readonly Act['type'][] = ['settle', 'reject', 'resolve']

/** What stays the same for one incident. */
export interface ModelFacts {
  readonly policy: Policy
  readonly districtCode: string
}

export interface Asked {
  readonly command: CommandType
  readonly actor: Actor
  readonly unit: UnitFacts
}

/** What an incident must look like after its history. */
export interface Picture {
  readonly state: IncidentState
  readonly revision: number
  readonly generation: number
  readonly assignments: readonly ModelAssignment[]
  readonly climbs: readonly (readonly [PromiseKind, Climb])[]
}

interface ModelAssignment {
  readonly unitCode: string
  readonly whistledBy: string
  readonly assignedAt: number
  readonly endedAt: number | null
}

/** The act with which a report is received, by whoever answers for its area first. */
export function receive({ policy }: ModelFacts, path: readonly AreaNode[]): Act {
  return { type: 'receive', area: fallback(policy, path) }
}

/**
 * What somebody asks for, as the act that comes of it, or every reason to refuse it.
 *
 * @param looks the history, up to the look at which it is asked
 */
export function judge(facts: ModelFacts, looks: readonly Look[], asked: Asked): Act | RefusalCode[] {
  const { policy, districtCode } = facts
  const { command, actor, unit } = asked
  const path = looks.at(-1)?.path ?? []
  const state = stateAfter(looks)
  const lead = assignmentsIn(looks).find(({ endedAt }) => endedAt === null)
  const reasons: RefusalCode[] = []

  if (!life[command][0].includes(state)) {
    const early = life.settle[0].includes(state)
    reasons.push(command === 'resolve' && early ? 'not_arrived' : 'illegal_transition')
  }
  const area =
    actor.unitCode === undefined ? ownArea(policy, path, actor) : whistlerOf(policy, path, actor, lead)
  if (typeof area === 'string') return [...reasons, area]

  const next = above(policy, path, area.kind)
  switch (command) {
    case 'report_up': {
      const holder = climbOf(policy, looks, 'report').areas.at(-1)
      if (holder !== undefined && height(area.kind) > height(holder.kind)) reasons.push('not_accountable')
      if (next === undefined) reasons.push('no_rung_above')
      break
    }
    case 'whistle':
      if (path.every(({ code }) => code !== unit.areaCode)) reasons.push('unit_does_not_serve_area')
      break
    case 'arrive':
      if (lead !== undefined && lead.unitCode !== actor.unitCode) reasons.push('not_lead_unit')
      break
    case 'reopen':
      if (path.every(({ code }) => code !== districtCode)) reasons.push('area_left_district')
      break
    default:
  }
  if (reasons.length > 0) return reasons

  if (command === 'report_up' && next !== undefined) return { type: command, area, receiver: next }
  if (command === 'whistle') return { type: command, area, receiver: area, unitCode: unit.code }
  if (command === 'reopen') return { type: command, area: returningTo(policy, looks, path) }
  return { type: command, area }
}

/** Tells from the whole history what the incident must look like. */
export function pictureOf({ policy }: ModelFacts, looks: readonly Look[]): Picture {
  const acts = actsIn(looks)
  return {
    state: stateAfter(looks),
    revision: acts.length,
    generation: 1 + acts.filter(({ act }) => act.type === 'reopen').length,
    assignments: assignmentsIn(looks),
    climbs: promiseKinds.map((promise) => [promise, climbOf(policy, looks, promise)] as const),
  }
}

/** The looks at which something was done. */
function actsIn(looks: readonly Look[]): (Look & { act: Act })[] {
  return looks.filter((look): look is Look & { act: Act } => look.act !== null)
}

function stateAfter(looks: readonly Look[]): IncidentState {
  return actsIn(looks).reduce<IncidentState>(
    (state, { act }) => (act.type === 'receive' ? 'received' : (life[act.type][1] ?? state)),
    'received',
  )
}

function assignmentsIn(looks: readonly Look[]): ModelAssignment[] {
  const acts = actsIn(looks)
  return acts.flatMap(({ act: { unitCode, area }, at }, index) => {
    if (unitCode === undefined) return []
    const end = acts.slice(index).find(({ act }) => ending.includes(act.type))
    return [{ unitCode, whistledBy: area.code, assignedAt: at, endedAt: end?.at ?? null }]
  })
}

/** In whose name the desk or the worker of an area acts: the first rung at or above it, else the area itself. */
function ownArea(policy: Policy, path: readonly AreaNode[], actor: Actor): AreaNode | RefusalCode {
  const own = path.findIndex(({ code }) => code === actor.areaCode)
  return atOrAbove(policy, path, own) ?? path[own] ?? 'not_your_area'
}

/** A crew acts for the area that whistled it, while it is the lead. */
function whistlerOf(
  policy: Policy,
  path: readonly AreaNode[],
  actor: Actor,
  lead: ModelAssignment | undefined,
): AreaNode | RefusalCode {
  if (lead?.unitCode !== actor.unitCode) return 'not_lead_unit'
  return path.find(({ code }) => code === lead?.whistledBy) ?? fallback(policy, path)
}

/** A reopened case comes back to the area that had ended it. */
function returningTo(policy: Policy, looks: readonly Look[], path: readonly AreaNode[]): AreaNode {
  const ended = actsIn(looks).findLast(({ act }) => ending.includes(act.type))?.act.area
  return path.find(({ code }) => code === ended?.code) ?? fallback(policy, path)
}
