import type { RawBuilder } from 'kysely'
import type { Instant } from '../domain/instant.ts'
import type { Wording } from '../wording/wording.ts'

/** Something that is looked for in the database, as a query for the rows that should not be there. */
export interface Finding {
  readonly name: string
  /** What holds where there are none. */
  readonly title: Wording
  readonly violations: (now: Instant) => RawBuilder<unknown>
  /**
   * Where a query alone cannot tell: looks at each row that it finds.
   *
   * @returns what is shown of the row, without personal data; undefined where nothing is wrong with it
   */
  readonly judge?: (row: unknown) => Readonly<Record<string, unknown>> | undefined
}

/** Something that must hold in the database at every instant. */
export interface Invariant extends Finding {
  /** Where it stands in the list (docs/reliability.md, Invariants). */
  readonly number: number
}
