import type { AreaKind } from './area.ts'
import type { Instant } from './instant.ts'

/** The three promises of the 8-1-10 rule (8 小时到场、1 小时反馈、10 分钟上报). */
export const promiseKinds = ['report', 'feedback', 'on_site'] as const
export type PromiseKind = (typeof promiseKinds)[number]

export const deadlineStates = ['running', 'paused', 'met', 'breached', 'cancelled'] as const
export type DeadlineState = (typeof deadlineStates)[number]

/** Where a deadline stands: at a kind of area, or at a unit that was whistled. */
export type Rung = AreaKind | 'unit'

/** Who answers for something: an area or a unit. */
export interface Party {
  readonly kind: 'area' | 'unit'
  readonly code: string
}

export const cancelReasons = [
  'handed_over',
  'settled',
  'rejected',
  'resolved',
  'merged',
  /** The merge that had brought it was undone. */
  'separated',
  /** Its assignment was returned, finished or withdrawn. */
  'returned',
  'finished',
  'withdrawn',
] as const
export type CancelReason = (typeof cancelReasons)[number]

/** What a deadline is when it starts. These facts are frozen: no later policy, area tree or calendar changes them. */
export interface DeadlineStart {
  /** Counts the deadlines of one incident from 1. */
  readonly no: number
  readonly promise: PromiseKind
  readonly rung: Rung
  readonly accountable: Party
  /** The incident's generation in which it was promised (incident.ts). */
  readonly generation: number
  /** Set for the deadline that somebody to whom the case was assigned has of their own. */
  readonly assignmentNo: number | null
  /** Set where it is owed to the reporter of an incident that was merged into this one, and to nobody else. */
  readonly reportId: string | null
  /** The codes of the incident's place from the root down when this deadline started, and that tree's version. */
  readonly areaPath: readonly string[]
  readonly treeVersion: number
  readonly startedAt: Instant
  readonly dueAt: Instant
  /** The deadline whose breach brought this one into being. */
  readonly escalatedFrom: number | null
  /** The deadline that was handed over to this one's accountable party, with the same due time. */
  readonly handedFrom: number | null
  /** Since when it has been paused: what is handed over while its clock stands still goes on standing still. */
  readonly pausedAt: Instant | null
  /** By how much its due time was brought forward by merges, which may yet be undone. */
  readonly advancedMs: number
}

/** One promise's clock for one incident, at one rung, with one accountable party (docs/domain.md, Deadlines and parties). */
export interface Deadline extends DeadlineStart {
  readonly state: DeadlineState
  readonly cancelReason: CancelReason | null
  readonly settledAt: Instant | null
  /** The event that settled it; not null exactly when it is settled. */
  readonly settledSeq: number | null
  /** When a breached promise was kept after all. */
  readonly fulfilledAt: Instant | null
  readonly fulfilledSeq: number | null
  /** It was met by a clock that could not be trusted, perhaps after its due time. */
  readonly clockFault: boolean
  /** By how much its due time was put off because the clock had been set ahead. */
  readonly prolongedMs: number
  /** How long its clock has stood still in pauses (挂账) that are over, before it was handed over, too. */
  readonly pausedMs: number
  /** By how much its due time was put off by extensions (延期), before it was handed over, too. */
  readonly extendedMs: number
  /** How often a superior urged whoever answers for it (督办), or answered for it until it was handed over. */
  readonly urges: number
}

/** A promise that is neither kept nor broken nor void: its clock runs, or is paused. */
export function isLive(deadline: Deadline): boolean {
  return deadline.state === 'running' || deadline.state === 'paused'
}

/** Of the incident's own promises, which areas answer for; those to whom it was assigned have deadlines beside them. */
export function isOfIncident(deadline: Pick<DeadlineStart, 'assignmentNo'>): boolean {
  return deadline.assignmentNo === null
}

/** In time means: at or before the due time, inclusive (docs/domain.md, Time). */
export function isOverdue(deadline: Pick<Deadline, 'state' | 'dueAt'>, now: Instant): boolean {
  return deadline.state === 'running' && deadline.dueAt < now
}
