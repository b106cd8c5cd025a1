import type { PromiseKind } from '../../domain/deadline.ts'
import type { PlainCommandType } from '../../domain/decide.ts'
import type { Wording } from '../../wording/wording.ts'
import type { ExpectedVerdict } from '../judge/verdict.ts'

/**
 * Who acts in a case, each with a token of their own for the case's place: the reporter and a neighbour who reports the same,
 * the desks above the place, the people of the unit that the case is for, or of another unit that is named.
 */
export type CastMember =
  | 'reporter'
  | 'neighbour'
  | 'grid_worker'
  | 'community'
  | 'street'
  | 'district'
  | 'responder'
  | { readonly unit: string }

/**
 * When something is done, in the engine's own terms, so that the verdict is the same whatever the limits are and
 * however late a breach is detected:
 * - `at_once`: right after the step before;
 * - `later`: a share of the community's on-site limit after the step before;
 * - `resumed`: as soon as no clock of the case stands still any more;
 * - `on_clock`: on a promise's clock, after so many rungs have run out, when a share of the next rung's limit has passed.
 *   Zero rungs late and a share of 0.4 is well in time; two rungs late is in the district's time.
 */
export type Moment =
  | { readonly kind: 'at_once' }
  | { readonly kind: 'later'; readonly share: number }
  | { readonly kind: 'resumed' }
  | {
      readonly kind: 'on_clock'
      readonly promise: PromiseKind
      readonly rungsLate: number
      readonly share: number
    }

/** What somebody does about a case, with what has to be said of it beside words. */
type Deed =
  | { readonly act: PlainCommandType | 'arrive' }
  /** Calls the case's unit to lead, unless others are named. */
  | { readonly act: 'whistle'; readonly lead?: string; readonly support?: readonly string[] }
  /** For a share of the community's on-site limit. */
  | { readonly act: 'request_pause'; readonly promise: PromiseKind; readonly share: number }
  | { readonly act: 'approve_relief'; readonly reliefNo: number }
  /** The reporter's or the neighbour's answer to whether it worked, at their own report. */
  | { readonly act: 'rate'; readonly solved: boolean; readonly satisfaction: number }
  /** Sends the second report in. */
  | { readonly act: 'report' }
  /** Attaches what the second report opened to the case. */
  | { readonly act: 'merge' }

/** One thing that somebody does about a case. */
export type Step = {
  readonly who: CastMember
  readonly when: Moment
  readonly text: string | null
} & Deed

/** What a report says, apart from who sends it. */
export interface ReportTexts {
  readonly categoryCode: string
  readonly areaCode: string
  readonly description: string
  readonly address: string
  /** RFC 3339 with an offset. */
  readonly occurredAt?: string
  readonly contact?: { readonly name: string; readonly phone: string }
}

/** One case of the show: what is reported, what is done about it and when, and what verdict that implies. */
export interface CaseScript {
  readonly id: string
  readonly reporter: 'resident' | 'grid_worker'
  readonly report: ReportTexts
  readonly unitCode: string
  readonly steps: readonly Step[]
  readonly expected: readonly ExpectedVerdict[]
  /** What it is a story of: such a case is shown from beginning to end. */
  readonly title?: Wording
  /** The second report of the same thing, and what verdict the case implies that it opens. */
  readonly again?: { readonly report: ReportTexts; readonly expected: readonly ExpectedVerdict[] }
}

/** What the case is called that a script's second report opens. */
export function againId({ id }: Pick<CaseScript, 'id'>): string {
  return `${id}-again`
}

/** Where cases come from, and what else is known about them. */
export interface CaseSet {
  readonly cases: readonly CaseScript[]
  /** Reads what an outside source said about each case, by the case's id: was it late? To be asked when all is over. */
  readonly readLateBySource: (() => Promise<ReadonlyMap<string, boolean>>) | null
}

export const atOnce: Moment = { kind: 'at_once' }
export const resumed: Moment = { kind: 'resumed' }

export function later(share: number): Moment {
  return { kind: 'later', share }
}

/** In time: at a share of the limit after the promise was given. */
export function inTime(promise: PromiseKind, share: number): Moment {
  return { kind: 'on_clock', promise, rungsLate: 0, share }
}

/** After so many rungs have run out, at a share of the next one's limit. */
export function late(promise: PromiseKind, rungsLate: number, share: number): Moment {
  return { kind: 'on_clock', promise, rungsLate, share }
}
