import { sql, type Transaction } from 'kysely'
import type { LockedStream } from '../audit/registry-stream.ts'
import { instant } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { ClockJump } from '../domain/context.ts'
import type { Instant } from '../domain/instant.ts'

/** No clock is set more often than this while a deadline runs; every look at the clock reads all of them. */
const jumpsMax = 20

/**
 * Writes an event about the clock, and what is known of the clock from then on. The caller holds the stream's lock.
 *
 * @returns the number of the event
 */
export async function storeClockState(
  trx: Transaction<Database>,
  stream: LockedStream,
  {
    event,
    offsetMs,
    atLeast,
    jumps,
    seenAt,
  }: {
    readonly event: Readonly<Record<string, unknown>> & { readonly type: string; readonly at: Instant }
    readonly offsetMs: number | null
    readonly atLeast: boolean
    readonly jumps: readonly ClockJump[]
    /** What the clock shows where it is in order from now on. */
    readonly seenAt?: Instant
  },
): Promise<number> {
  const [written] = await stream.append([event])
  if (written === undefined) throw new Error('An event about the clock was to be written')
  await trx
    .updateTable('clock_state')
    .set({
      seq: written.seq,
      offset_ms: offsetMs,
      at_least: atLeast,
      jumps: sql<ClockJump[]>`${JSON.stringify(jumps.slice(-jumpsMax))}::jsonb`,
      ...(seenAt === undefined ? {} : { seen_at: instant(seenAt) }),
    })
    .execute()
  return written.seq
}
