import type { Actor } from './actor.ts'
import type { Place } from './area.ts'
import type { NoteReference } from './event.ts'
import type { Instant } from './instant.ts'
import type { Policy } from './policy.ts'

/** The clock was set ahead, and an administrator has accepted that: nobody had the time in between. */
export interface ClockJump {
  /** The first instant after it. Whatever had started before ran through it. */
  readonly to: Instant
  readonly byMs: number
}

/** Everything outside the incident that a decision depends on. */
export interface Context {
  readonly now: Instant
  /** The clock that told `now` cannot be trusted: nothing is breached by it (reliability.md, Clock guard). */
  readonly clockFault: boolean
  readonly clockJumps: readonly ClockJump[]
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
