import type { Actor } from './actor.ts'
import type { AreaKind, Place } from './area.ts'
import type { NoteReference } from './event.ts'
import type { Instant } from './instant.ts'
import type { Policy } from './policy.ts'

/**
 * The clock that decides was set, from `to − byMs` to `to`: an administrator has accepted a clock that jumped, or a fault
 * that was found turned out to be none. Where it was set ahead, nobody had the time in between.
 */
export interface ClockJump {
  /** Concerns what had started by then or later; null for everything. */
  readonly from: Instant | null
  /** The first instant after it: concerns what had started before. */
  readonly to: Instant
  /** Negative where it was set back; then whatever runs has that much longer. */
  readonly byMs: number
}

/** What a rule needs to know of a category (事项). */
export interface CategoryFacts {
  /** The codes from the root down to the category itself. */
  readonly path: readonly string[]
  /** The lowest kind of area that may be made to carry a case of it (准入). */
  readonly admittedFrom: AreaKind
}

/** Everything outside the incident that a decision depends on. */
export interface Context {
  readonly now: Instant
  /** The clock that told `now` cannot be trusted: nothing is breached by it (docs/reliability.md, Clock guard). */
  readonly clockFault: boolean
  /** Time that some deadlines have not had. */
  readonly clockJumps: readonly ClockJump[]
  /** The incident's area in the tree as it stands now. */
  readonly place: Place
  /** The version of the policy that the incident is pinned to. */
  readonly policy: Policy
  readonly category: CategoryFacts
}

/** Who asks for a command, and what is known of the asking. */
export interface Request {
  readonly actor: Actor
  readonly requestedAt: Instant
  readonly occurredAt: Instant | null
  readonly note: NoteReference | null
}
