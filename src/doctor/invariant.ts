import type { RawBuilder } from 'kysely'
import type { Instant } from '../domain/instant.ts'
import type { Wording } from '../http/wording.ts'

/** Something that must hold in the database at every instant, as a query for the rows that break it. */
export interface Invariant {
  readonly name: string
  /** Where it stands in reliability.md's list; null for what the list does not number. */
  readonly number: number | null
  /** What holds. */
  readonly title: Wording
  /** The query reads a whole table; the others keep to an index on what is open or overdue. */
  readonly readsAll: boolean
  readonly violations: (now: Instant) => RawBuilder<unknown>
}
