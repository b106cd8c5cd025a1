import type { RawBuilder } from 'kysely'
import type { Instant } from '../domain/instant.ts'
import type { Wording } from '../wording/wording.ts'

/** Something that is looked for in the database, as a query for the rows that should not be there. */
export interface Finding {
  readonly name: string
  /** What holds where there are none. */
  readonly title: Wording
  readonly violations: (now: Instant) => RawBuilder<unknown>
}

/** Something that must hold in the database at every instant. */
export interface Invariant extends Finding {
  /** Where it stands in reliability.md's list. */
  readonly number: number
}
