import type { Kysely } from 'kysely'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import { type ClockSample, soundReading } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { ClockJump } from '../domain/context.ts'
import type { Instant } from '../domain/instant.ts'
import { storeClockState } from './clock-state.ts'

/** What a process has found out about the clock. */
export interface Finding {
  /** What it looked at. */
  readonly sample: ClockSample
  /** The instant by which is decided from now on. */
  readonly at: Instant
  /** By how much the clock has left its course; null where it is sound again. */
  readonly offsetMs: number | null
  readonly atLeast: boolean
  /** By how much those were behind who have decided by the last finding; 0 where they were not. */
  readonly behindMs: number
}

/**
 * Writes a finding into the audit trail and into the state that every look at the clock reads. Only the first of several
 * processes that find something at the same time is heard; the others look again.
 *
 * @returns the number of the event, or undefined where somebody else was first
 */
export async function recordFinding(db: Kysely<Database>, finding: Finding): Promise<number | undefined> {
  const { sample, at, offsetMs, atLeast, behindMs } = finding
  return inTransaction(db, async (trx) => {
    const stream = await lockRegistryStream(trx, 'clock', async () => soundReading(at))
    const { seq } = await trx.selectFrom('clock_state').select('seq').executeTakeFirstOrThrow()
    if (seq !== sample.seq) return undefined
    const type = offsetMs === null ? 'clock_fault_cleared' : 'clock_fault_found'
    // What began since the last finding began too early, and would be over too early.
    const jump: ClockJump | null = behindMs > 0 ? { from: stream.lastAt, to: at, byMs: behindMs } : null
    return storeClockState(trx, stream, {
      event: { type, at: stream.now, actor: null, clockAt: sample.at, offsetMs, atLeast, jump },
      offsetMs,
      atLeast,
      jumps: jump === null ? sample.jumps : [...sample.jumps, jump],
      ...(offsetMs === null ? { seenAt: sample.at } : {}),
    })
  })
}
