import type { AreaKind, AreaNode } from '../../src/domain/area.ts'
import type { AssignmentPart, AssignmentState } from '../../src/domain/assignment.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { ReliefState } from '../../src/domain/relief.ts'

/** What the reference model writes down. */

/** What stays the same for one case. */
export interface ModelFacts {
  readonly id: string
  readonly reportId: string
  readonly policy: Policy
  readonly districtCode: string
  readonly category: { readonly path: readonly string[]; readonly admittedFrom: AreaKind }
}

/** What one merge takes from a clock. The case is named by its report, which is nobody else's. */
export interface ModelTaking {
  readonly reportId: string
  readonly ms: number
}

/** One clock: who answers for a promise, until when, and how that ended. Some of it changes as time goes on. */
export interface ModelClock {
  readonly promise: PromiseKind
  readonly kind: AreaKind | 'unit'
  readonly code: string
  readonly generation: number
  /** How often the case had been received or reopened when it began; an undone merge does not count. */
  readonly round: number
  /** The number of the call that it belongs to; null for what the case itself owes. */
  readonly call: number | null
  /** The report that it is owed to, where that came in with another case. */
  readonly reportId: string | null
  readonly path: readonly AreaNode[]
  readonly treeVersion: number
  readonly startedAt: number
  dueAt: number
  /** How much of that was given because the clock had been set ahead. */
  prolongedMs: number
  extendedMs: number
  /** By how much it would be due sooner because of each of the cases that belong to its own, were there no other one. */
  takings: readonly ModelTaking[]
  /** By how much it is due sooner because of all of them. */
  advancedMs: number
  pausedMs: number
  pausedAt: number | null
  urges: number
  state: 'running' | 'paused' | 'met' | 'breached' | 'cancelled'
  reason: string | null
  settledAt: number | null
  fulfilledAt: number | null
  /** Kept while the clock was not trusted, and so in time whatever it showed. */
  distrusted: boolean
  outcome: 'escalated' | 'exhausted' | 'carried' | null
}

/** Somebody who was called to the case: a unit by a whistle, an area by handing down. */
export interface ModelCall {
  readonly kind: 'unit' | 'area'
  /** Who was called, and by whom: where areas change, by whom they are called now. */
  code: string
  whistledBy: string
  readonly part: AssignmentPart
  readonly assignedAt: number
  state: AssignmentState
  acceptedAt: number | null
  arrivedAt: number | null
  endedAt: number | null
  refused: boolean
}

/** A request to stop clocks for a while, or to put them off. */
export interface ModelRequest {
  readonly promises: readonly PromiseKind[]
  /** When a pause ends by itself; null for an extension. */
  readonly until: number | null
  readonly byMs: number | null
  readonly requestedBy: string
  readonly requestedAt: number
  state: ReliefState
  decidedBy: string | null
  decidedAt: number | null
  endedAt: number | null
}

/** Everything that is known of one case. */
export interface Ledger {
  readonly facts: ModelFacts
  readonly receivedAt: number
  readonly clocks: ModelClock[]
  readonly calls: ModelCall[]
  readonly requests: ModelRequest[]
  readonly joined: { ledger: Ledger; separatedAt: number | null }[]
  state: IncidentState
  /** How often somebody has done something. */
  revision: number
  /** How many events that and the clocks have made. */
  events: number
  generation: number
  round: number
  reopenings: number
  endedBy: string | null
  endedAt: number | null
  mergedInto: { ledger: Ledger; at: number; from: IncidentState; onSite: ModelClock | undefined } | null
  /** Who was to be told of what the last look has brought, each as a line. */
  told: string[]
}

/** An instant at which somebody, or a waker, looked at a case. */
export interface Look {
  readonly at: number
  readonly path: readonly AreaNode[]
  readonly treeVersion: number
  /** Whether the clock was trusted. */
  readonly trusted: boolean
  /** When the clock had been set ahead before, and by how much: time that nobody had who was at it then. */
  readonly setAhead: readonly { readonly to: number; readonly byMs: number }[]
}
