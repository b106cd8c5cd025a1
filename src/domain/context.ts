import type { Actor } from './actor.ts'
import type { Place } from './area.ts'
import type { NoteReference } from './event.ts'
import type { Instant } from './instant.ts'
import type { Policy } from './policy.ts'

/** Everything outside the incident that a decision depends on. */
export interface Context {
  readonly now: Instant
  /** The clock that told `now` cannot be trusted: nothing is breached by it (reliability.md, Clock guard). */
  readonly clockFault: boolean
  /** The incident's area in the tree as it stands now. */
  readonly place: Place
  /** The version of the policy that the incident is pinned to. */
  readonly policy: Policy
}

/** Who asks for a command, and what is known of the asking. */
export interface Request {
  readonly actor: Actor
  readonly requestedAt: Instant
  readonly occurredAt: Instant | null
  readonly note: NoteReference | null
}
