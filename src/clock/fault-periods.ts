import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { findClockFindings } from './clock-findings.ts'

/** A time in which nothing was breached, by the instants that were decided by; `to` is null while it lasts. */
export interface FaultPeriod {
  readonly from: Instant
  readonly to: Instant | null
}

/** Far more than a clock ever says of itself in the life of a database, so that no clock can make a report heavy. */
const findingsMax = 10_000

/** When the clock could not be trusted, from the audit trail, the latest first. */
export async function findFaultPeriods(db: Kysely<Database>): Promise<FaultPeriod[]> {
  const periods: FaultPeriod[] = []
  let to: Instant | null = null
  let from: Instant | undefined
  for (const { type, at } of await findClockFindings(db, findingsMax)) {
    if (type === 'clock_fault_found') {
      // A fault may be found several times before it is over; it began with the first.
      from = at
      continue
    }
    if (from !== undefined) periods.push({ from, to })
    from = undefined
    to = at
  }
  if (from !== undefined) periods.push({ from, to })
  return periods
}

/** Whether the clock could not be trusted at some time between two instants. */
export function isTouched(periods: readonly FaultPeriod[], since: Instant, until: Instant): boolean {
  return periods.some(({ from, to }) => from < until && (to === null || to > since))
}
