import type { Party, PromiseKind } from './deadline.ts'
import type { Instant } from './instant.ts'

/** A clock may be stopped for a while (挂账) or its due time put off (延期), if somebody above approves. */
export const reliefKinds = ['pause', 'extension'] as const
export type ReliefKind = (typeof reliefKinds)[number]

export const reliefStates = [
  'requested',
  'approved',
  'refused',
  /** A pause that is over. */
  'ended',
  /** The case ended before anybody had decided. */
  'lapsed',
] as const
export type ReliefState = (typeof reliefStates)[number]

/** What somebody asks for who cannot keep a promise through no fault of theirs. */
export interface ReliefStart {
  /** Counts the requests of one incident from 1. */
  readonly no: number
  readonly kind: ReliefKind
  /** The promises whose running deadlines it is about. */
  readonly promises: readonly PromiseKind[]
  /** When a pause ends by itself; null for an extension. */
  readonly until: Instant | null
  /** By how much an extension puts off; null for a pause. */
  readonly byMs: number | null
  readonly requestedBy: Party
}

export interface Relief extends ReliefStart {
  readonly state: ReliefState
  readonly requestedAt: Instant
  readonly decidedAt: Instant | null
  /** The area that approved or refused it. */
  readonly decidedBy: string | null
  readonly endedAt: Instant | null
}

/** What an event did to a request for relief. */
export type ReliefChange =
  | { readonly requested: ReliefStart }
  | { readonly no: number; readonly to: 'approved' | 'refused'; readonly by: string }
  | { readonly no: number; readonly to: 'ended' }

export function requested(start: ReliefStart, at: Instant): Relief {
  return { ...start, state: 'requested', requestedAt: at, decidedAt: null, decidedBy: null, endedAt: null }
}

export function decided(relief: Relief, change: ReliefChange, at: Instant): Relief {
  if ('requested' in change || change.no !== relief.no) return relief
  return change.to === 'ended'
    ? { ...relief, state: 'ended', endedAt: at }
    : { ...relief, state: change.to, decidedAt: at, decidedBy: change.by }
}

/** The request after its case has ended. */
export function overWithCase(relief: Relief, at: Instant): Relief {
  if (relief.state === 'requested') return { ...relief, state: 'lapsed', endedAt: at }
  return isPausing(relief) ? { ...relief, state: 'ended', endedAt: at } : relief
}

/** A pause that was approved and is not over. */
export function isPausing(relief: Relief): relief is Relief & { readonly until: Instant } {
  return relief.kind === 'pause' && relief.state === 'approved'
}
