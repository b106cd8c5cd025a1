import { type Kysely, type RawBuilder, sql } from 'kysely'
import { type FaultPeriod, findFaultPeriods } from '../clock/fault-periods.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import {
  type BreachPageQuery,
  type BreachPosition,
  breachPage,
  breachPosition,
  hash,
  status,
  told,
} from './list-breaches.ts'

/**
 * A breach on its way into a file. Each column costs the driver as much as making a cell of it, so what goes into the file
 * as it is comes in one, and so does what is looked up together. Codes and ids hold no spaces.
 */
export interface ExportRow {
  readonly number: string
  /** Version of the tree, and the codes of the path with slashes between them. */
  readonly place: string
  /** Category and promise. */
  readonly matter: string
  /** Rung, version of the tree and code. */
  readonly party: string
  readonly started_at: Instant
  readonly due_at: Instant
  readonly detected_at: Instant
  readonly fulfilled_at: Instant | null
  /** Status, outcome and policy. */
  readonly ending: string
  /** See toldBy. */
  readonly told: string | null
  /** The fields from the incident's id to the prolongation, with their commas: ids, numbers and digits. */
  readonly tail: string
  /** The fields from the pauses on, with commas between them: digits, and whether it was handed over. */
  readonly relief: string
}

export interface ExportPage {
  readonly rows: readonly ExportRow[]
  readonly faults: readonly FaultPeriod[]
  /** The position of the last row; undefined when there is no further page. */
  readonly next: BreachPosition | undefined
}

/**
 * Reads one page of an export in a snapshot of its own.
 *
 * @param learn reads what the rows mention, in the same snapshot
 */
export async function readExportPage(
  db: Kysely<Database>,
  query: BreachPageQuery,
  learn: (db: Kysely<Database>, rows: readonly ExportRow[]) => Promise<void>,
): Promise<ExportPage> {
  return inSnapshot(db, async (trx) => {
    const [{ rows }, faults] = await Promise.all([exportPageSql(query).execute(trx), findFaultPeriods(trx)])
    const last = rows.length > query.limit ? rows.at(query.limit - 1) : undefined
    if (rows.length > query.limit) rows.length = query.limit
    await learn(trx, rows)
    return { rows, faults, next: last && positionOf(last) }
  })
}

export function exportPageSql(query: BreachPageQuery): RawBuilder<ExportRow> {
  return sql<ExportRow>`
    select b.number, b.tree_version || ' ' || array_to_string(b.area_path, '/') as place,
      b.category_code || ' ' || b.promise as matter,
      b.rung || ' ' || b.tree_version || ' ' || b.accountable_code as party,
      b.started_at, b.due_at, b.detected_at, d.fulfilled_at,
      ${status} || ' ' || b.outcome || ' ' || b.policy_id as ending, ${told} as told,
      b.incident_id || ',' || b.deadline_no || ',' || b.stream || ',' || b.seq || ',' || coalesce(${hash}, '') || ',' ||
        d.prolonged_ms as tail,
      d.paused_ms || ',' || d.extended_ms || ',' || d.urges || ',' || (d.handed_from is not null) as relief
    ${breachPage(query)}`
}

function positionOf({ due_at: dueAt, tail }: ExportRow): BreachPosition {
  const [incidentId, deadlineNo] = tail.split(',')
  return breachPosition.parse([dueAt, incidentId, Number(deadlineNo)])
}
