import { applyEvent } from './apply-event.ts'
import type { AreaKind } from './area.ts'
import { hasRoomFor } from './case-limits.ts'
import { type CalledUnit, handDown, whistle } from './commands/call-units.ts'
import { raise, reportUp, urge } from './commands/hand-up.ts'
import { close, end, giveFeedback } from './commands/handle.ts'
import { type Counterpart, type MergedReports, merge, unmerge } from './commands/merge.ts'
import { decideRelief, requestRelief, resume } from './commands/relieve.ts'
import { revealReporter } from './commands/reveal.ts'
import { rate, reopen } from './commands/take-up-again.ts'
import { accept, arrive, finish, giveBack, ruleReturn, withdraw } from './commands/work-on-assignment.ts'
import type { Context, Request } from './context.ts'
import type { PromiseKind } from './deadline.ts'
import type { IncidentEvent, Rating } from './event.ts'
import type { Incident } from './incident.ts'
import type { Instant } from './instant.ts'
import type { Refusal, RefusalCode } from './refusal.ts'
import { settleOverdue } from './settle-overdue.ts'
import type { Outcome, Situation } from './situation.ts'
import { type CommandType, stateAfter, transitions } from './transitions.ts'

/** What each command needs to know that is neither in the incident nor in the context. */
export interface Details {
  readonly whistle: { readonly units: readonly CalledUnit[] }
  readonly hand_down: { readonly areaCode: string }
  /** `distanceM` is that between the claimed position and the incident's, where both are known. */
  readonly arrive: { readonly distanceM: number | null }
  readonly rule_return: { readonly assignmentNo: number; readonly upheld: boolean }
  readonly withdraw: { readonly assignmentNo: number }
  readonly raise: { readonly rung: AreaKind }
  readonly request_pause: { readonly promises: readonly PromiseKind[]; readonly until: Instant }
  readonly request_extension: { readonly promises: readonly PromiseKind[]; readonly byMs: number }
  readonly approve_relief: { readonly reliefNo: number }
  readonly refuse_relief: { readonly reliefNo: number }
  readonly resume: { readonly reliefNo: number }
  /** `attached` counts the reports that are attached to the survivor already, through other cases, too. */
  readonly merge: {
    readonly survivor: Counterpart
    readonly reports: MergedReports
    readonly attached: number
  }
  readonly unmerge: { readonly survivor: Counterpart; readonly reports: MergedReports }
  /** Whether others who reported the same have yet to say whether it worked, and whether this one has said so already. */
  readonly rate: { readonly rating: Rating; readonly othersAsked: boolean; readonly rated: boolean }
  readonly reveal_reporter: { readonly reportId: string }
}

/** The commands that say it all by their names. */
export type PlainCommandType = Exclude<CommandType, keyof Details>

export type Command = {
  [Type in CommandType]: { readonly type: Type } & (Type extends keyof Details ? Details[Type] : unknown)
}[CommandType]

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
  if ('code' in outcome) return { ...settlement, refusal: outcome }
  const more = outcome.changes.started.length
  // An undone merge has its room since the merge (commands/merge.ts).
  if (more > 0 && command.type !== 'unmerge' && !hasRoomFor(settlement.incident, more))
    return { ...settlement, refusal: { code: 'too_many_deadlines' } }
  return {
    events: [...settlement.events, outcome],
    incident: applyEvent(settlement.incident, outcome),
    refusal: null,
  }
}

function carryOut(incident: Incident, command: Command, request: Request, context: Context): Outcome {
  const to = stateAfter(command.type, incident.state)
  if (to === undefined) return refusedTransition(incident, command)
  const situation: Situation = { incident, request, context, transition: transitions[command.type], to }
  switch (command.type) {
    case 'report_up':
      return reportUp(situation)
    case 'raise':
      return raise(situation, command.rung)
    case 'urge':
      return urge(situation)
    case 'whistle':
      return whistle(situation, command.units)
    case 'hand_down':
      return handDown(situation, command.areaCode)
    case 'accept':
      return accept(situation)
    case 'arrive':
      return arrive(situation, command.distanceM)
    case 'return':
      return giveBack(situation)
    case 'rule_return':
      return ruleReturn(situation, command)
    case 'withdraw':
      return withdraw(situation, command.assignmentNo)
    case 'finish':
      return finish(situation)
    case 'feedback':
      return giveFeedback(situation)
    case 'settle':
    case 'reject':
    case 'resolve':
      return end(situation, command.type)
    case 'close':
      return close(situation)
    case 'reopen':
      return reopen(situation)
    case 'rate':
      return rate(situation, command.rating, command)
    case 'request_pause':
      return requestRelief(situation, command.type, {
        promises: command.promises,
        until: command.until,
        byMs: null,
      })
    case 'request_extension':
      return requestRelief(situation, command.type, {
        promises: command.promises,
        until: null,
        byMs: command.byMs,
      })
    case 'approve_relief':
    case 'refuse_relief':
      return decideRelief(situation, command.type, command.reliefNo)
    case 'resume':
      return resume(situation, command.reliefNo)
    case 'merge':
      return merge(situation, command.survivor, command)
    case 'unmerge':
      return unmerge(situation, command.survivor, command.reports)
    case 'reveal_reporter':
      return revealReporter(situation, command.reportId)
  }
}

function refusedTransition({ state }: Incident, { type }: Command): RefusalCode {
  return type === 'resolve' && stateAfter('settle', state) !== undefined
    ? 'not_arrived'
    : 'illegal_transition'
}
