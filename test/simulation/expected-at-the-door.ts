import { type CaseInPlay, caseAsked, caseBeside } from '../../chaos/simulation/case-in-play.ts'
import type { PlayedWorld } from '../../chaos/simulation/play-world.ts'
import { reportsOf } from '../../chaos/simulation/reference-model.ts'
import { type SimulatedWorld, type Step, withoutLogin } from '../../chaos/simulation/simulated-world.ts'
import type { Actor, Role } from '../../src/domain/actor.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { hasLink, insists } from './requests-of-steps.ts'

/** Why a request is refused before the rules about cases are asked, and in which cases what is overdue was settled nevertheless. */
export interface AtTheDoor {
  readonly code: string
  readonly settles: readonly number[]
}

/** Who may ask for what at all, written from the description of the roles and not from the code. */
const desk: readonly Role[] = ['dispatcher']
const area: readonly Role[] = ['grid_worker', 'dispatcher']
const called: readonly Role[] = ['grid_worker', 'dispatcher', 'responder']
const superior: readonly Role[] = ['dispatcher', 'administrator']
const askers: Readonly<Record<CommandType, readonly Role[]>> = {
  ...{ report_up: area, reject: area, settle: [...area, 'building_leader'] },
  ...{ feedback: called, resolve: called, accept: called, return: called, finish: called },
  ...{ request_pause: called, request_extension: called, arrive: ['grid_worker', 'responder'] },
  ...{ whistle: desk, hand_down: desk, withdraw: desk, close: desk, reopen: desk, raise: desk, urge: desk },
  ...{ merge: desk, unmerge: desk },
  ...{ rule_return: superior, approve_relief: superior, refuse_relief: superior },
  resume: [...superior, 'grid_worker'],
  rate: ['resident', 'grid_worker', 'building_leader', 'dispatcher', 'responder'],
  reveal_reporter: [...superior, 'auditor'],
}

/** The least by which a client can ask to put something off, in ms. */
const extensionMinMs = 1_000

/** What refuses a request before the rules do; nothing where those decide. */
export function refusedAtTheDoor(
  world: SimulatedWorld,
  { cases }: PlayedWorld,
  step: Extract<Step, { readonly do: 'act' }>,
): AtTheDoor | undefined {
  const { ask, by, seen } = step
  const refused = (code: string, ...settles: readonly number[]): AtTheDoor => ({ code, settles })
  const actor = world.actors[by]
  if (actor === undefined) throw new Error('A step names somebody of its world')
  if (actor === withoutLogin && ask.type !== 'rate') return refused('unauthenticated')
  if (!askers[ask.type].includes(actor.role)) return refused('forbidden')
  if (ask.type === 'request_extension' && ask.byMs < extensionMinMs) return refused('invalid_request')

  const on = caseAsked(cases, step.on, ask.type)
  const one = cases[on]
  if (one === undefined) return refused('not_found')
  if (ask.type === 'rate' && !isOwn(world, step.on, by)) return refused('not_found')
  // Desks and units report for others only, and those are asked.
  if (ask.type === 'rate')
    return called.includes(actor.role) && actor.role !== 'grid_worker' ? refused('not_asked') : undefined
  if (!sees(actor, one)) return refused('not_found')

  const beside = caseBeside(cases, on, ask)
  const other = cases[beside ?? -1]
  const seesBoth = other !== undefined && sees(actor, other)
  const both = beside !== undefined && seesBoth ? [on, beside] : [on]
  if (insists(step) && seen !== one.ledger.revision) return refused('precondition_failed', ...both)
  if (ask.type === 'whistle' && ask.calls.some(({ unit }) => unit.code === world.unknownUnit))
    return refused('unit_not_found', on)
  if (ask.type === 'merge' && ask.into !== on && !seesBoth) return refused('incident_not_found', on)
  if (ask.type === 'unmerge' && !seesBoth) return refused('illegal_transition', on)
  if (ask.type === 'reveal_reporter' && !isHidden(world, cases, one, ask.report))
    return refused('report_not_found', on)
  return undefined
}

/** What an actor may see at all: an area what lies in it, a unit what it was ever called to. Reporters see reports. */
export function sees(actor: Actor, { ledger, place }: CaseInPlay): boolean {
  if (actor.role === 'resident') return false
  return actor.unitCode === undefined
    ? place.path.some(({ code }) => code === actor.areaCode)
    : ledger.calls.some(({ kind, code }) => kind === 'unit' && code === actor.unitCode)
}

/** Whoever sent a report, and whoever has its link. */
function isOwn(world: SimulatedWorld, index: number, by: number): boolean {
  const report = world.reports[index]
  if (report === undefined) return false
  return by === report.by || (world.actors[by] === withoutLogin && hasLink(world, index))
}

/** Whether a case has such a report, whose sender asked not to be named. */
function isHidden(
  world: SimulatedWorld,
  cases: readonly CaseInPlay[],
  { ledger }: CaseInPlay,
  index: number,
): boolean {
  const reportId = cases[index]?.ledger.facts.reportId
  return (
    reportId !== undefined && reportsOf(ledger).includes(reportId) && world.reports[index]?.anonymous === true
  )
}
