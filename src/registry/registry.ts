import type { Transaction } from 'kysely'
import type { z } from 'zod'
import type { CsvFormat, NumberedRow } from '../csv/read-csv.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** The registries that administrators change by rows. Policies are none of them: they are made in versions. */
export const registryNames = ['areas', 'units', 'categories', 'people', 'responsibilities'] as const
export type RegistryName = (typeof registryNames)[number]

/** What somebody asks of a registry: rows that say something anew. What a row leaves out stays as it is. */
export interface AskedRows<Row> {
  readonly rows: readonly NumberedRow<Row>[]
  /** The area in whose subtree the rows must lie; null for the operator, who may change everything. */
  readonly within: string | null
  /** The rows are the whole registry: whatever is absent from them is retired. */
  readonly retireMissing?: boolean
}

/** What a change would do, once every rule has let it pass. */
export interface ChangePlan {
  /** How many rows change, by how they do. */
  readonly changed: Readonly<Record<string, number>>
  /** The rows that change; none where nothing new is said. */
  readonly keys: readonly string[]
  /** Stores all of it; in the transaction in which it was planned, under the lock of the registry's stream. */
  store(now: Instant): Promise<StoredChange>
}

export interface StoredChange {
  /** What the change's event says of it beside rows and counts. */
  readonly about: { readonly treeVersion?: number }
  /** Events that tell each row, without personal data. */
  readonly events: readonly { readonly type: string; readonly at: Instant }[]
  /** The revisions of the rows that changed. */
  readonly revisions: ReadonlyMap<string, number>
}

/**
 * A registry as whoever changes it sees it. Methods, so that registries of different rows stand in one list: rows that one
 * has read are only ever given back to the same one.
 */
export interface Registry<Row = unknown> {
  readonly name: RegistryName
  /** What names a row: the column of files, the parameter of addresses. */
  readonly keyColumn: 'code' | 'subject'
  readonly file: CsvFormat<Row>
  /** A row as it waits for the instant at which it takes effect. */
  readonly row: z.ZodType<Row>
  /** Rows hold personal data, so that not even the hash of a file may stand in an event. */
  readonly personal: boolean
  keyOf(row: Row): string
  /** What a row says that is retired, or brought back, and nothing else. */
  retiring(key: string, retired: boolean): Row
  /**
   * Refuses an administrator of another area, for one row or, without a key, for the registry as a whole.
   *
   * @throws Problem `not_found` or `not_your_area`
   */
  refuseForeign(trx: Transaction<Database>, key: string | undefined, within: string): Promise<void>
  /**
   * Since which revision rows have been said to be what they are, by key, where what is said of others raises a row's revision,
   * too. Left out where nothing but what is said of a row does: then it is the revision.
   */
  findSaid?(trx: Transaction<Database>, keys: readonly string[]): Promise<Map<string, number>>
  /** @throws RejectedRows with the line of each row that does not fit, or that lies outside of `within` */
  plan(trx: Transaction<Database>, asked: AskedRows<Row>): Promise<ChangePlan>
}
