import type { Actor } from '../../src/domain/actor.ts'
import type { AreaKind } from '../../src/domain/area.ts'
import type { AssignmentPart } from '../../src/domain/assignment.ts'
import type { Counterpart, MergedReports } from '../../src/domain/commands/merge.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { Command, PlainCommandType } from '../../src/domain/decide.ts'
import type { UnitFacts } from '../../src/domain/unit.ts'

/** A command about one case, as an actor of a world asks for it. */
export type AskOfOne =
  | { readonly type: PlainCommandType }
  | { readonly type: 'arrive' }
  | {
      readonly type: 'whistle'
      readonly calls: readonly { readonly unit: UnitFacts; readonly part: AssignmentPart }[]
    }
  | { readonly type: 'hand_down'; readonly areaCode: string }
  | { readonly type: 'rule_return'; readonly no: number; readonly upheld: boolean }
  | { readonly type: 'withdraw'; readonly no: number }
  | { readonly type: 'approve_relief' | 'refuse_relief' | 'resume'; readonly no: number }
  | { readonly type: 'raise'; readonly rung: AreaKind }
  /** `until` is in ms since the receipt of the world's first report. */
  | { readonly type: 'request_pause'; readonly promises: readonly PromiseKind[]; readonly until: number }
  | { readonly type: 'request_extension'; readonly promises: readonly PromiseKind[]; readonly byMs: number }

/** A command that concerns another one of the world's cases too, or a report. Which, is said by its index in the world. */
export type AskOfMore =
  | { readonly type: 'merge'; readonly into: number }
  | { readonly type: 'unmerge' }
  | { readonly type: 'reveal_reporter'; readonly report: number }
  /** It is the report that is rated, and with it the case that it belongs to now. */
  | { readonly type: 'rate'; readonly solved: boolean }

export type Ask = AskOfOne | AskOfMore

/** Who asks for what. */
export interface Asked {
  readonly ask: Ask
  readonly actor: Actor
}

/** The domain's command about one case. */
function commandOf(ask: AskOfOne, receivedAt: number): Command {
  switch (ask.type) {
    case 'whistle':
      return { type: ask.type, units: ask.calls }
    case 'rule_return':
      return { type: ask.type, assignmentNo: ask.no, upheld: ask.upheld }
    case 'withdraw':
      return { type: ask.type, assignmentNo: ask.no }
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume':
      return { type: ask.type, reliefNo: ask.no }
    case 'request_pause':
      return { ...ask, until: receivedAt + ask.until }
    case 'arrive':
      return { type: ask.type, distanceM: null }
    default:
      return ask
  }
}

/** Which report is rated, and who has said something before. */
export interface RatingFacts {
  readonly reportId: string
  readonly rated: boolean
  readonly othersAsked: boolean
}

/** The command with what is known beside what is asked for. */
export function inDomain(
  ask: Ask,
  {
    receivedAt,
    survivor,
    reports,
    attached,
    revealed,
    rating: { reportId, ...known },
  }: {
    readonly receivedAt: number
    readonly survivor: Counterpart
    readonly reports: MergedReports
    /** How many reports belong to the survivor besides its own. */
    readonly attached: number
    /** The report whose reporter is to be shown. */
    readonly revealed: string
    readonly rating: RatingFacts
  },
): Command {
  switch (ask.type) {
    case 'merge':
      return { type: ask.type, survivor, reports, attached }
    case 'unmerge':
      return { type: ask.type, survivor, reports }
    case 'rate':
      return {
        type: ask.type,
        rating: { reportId, solved: ask.solved, satisfaction: ask.solved ? 5 : 1 },
        ...known,
      }
    case 'reveal_reporter':
      return { type: ask.type, reportId: revealed }
    default:
      return commandOf(ask, receivedAt)
  }
}
