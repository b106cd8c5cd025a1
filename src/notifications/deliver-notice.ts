import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ReadClock } from '../database/clock.ts'
import type { Database, OutboxTable } from '../database/schema.ts'
import type { Answer, NoticeChannel } from './notice-channel.ts'
import { type NoticeEnvelope, noticeEnvelope } from './notice-envelope.ts'
import type { NoticeMetrics } from './notice-metrics.ts'
import { claimNotice, markDelivered, markFailed, markParked } from './outbox-rows.ts'

/** Attempts before a notice is parked. With the pauses below they span about 85 minutes. */
export const attemptsMax = 10
const firstPauseMs = 10_000
const longestPauseMs = 3_600_000

/** The pause after the nth failed attempt: 10 s, then twice as long each time, up to an hour. */
export function pauseAfterMs(attempt: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs)
}

export interface DeliveryDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
  readonly channel: NoticeChannel
  readonly metrics: NoticeMetrics
  readonly logger: Logger
}

/** `skipped` means: it is done, gone, or in another deliverer's hands. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'parked' | 'skipped'

/**
 * Makes one attempt at a notice. No transaction is open while the receiver is asked: the claim is one statement, the
 * mark is another. A process that dies between them has perhaps delivered a notice that is then delivered again under
 * the same id; so it is at least once, and receivers drop what they have seen.
 */
export async function deliverNotice(
  { db, readClock, channel, metrics, logger }: DeliveryDependencies,
  outboxId: string,
): Promise<DeliveryOutcome> {
  const { now: claimedAt } = await readClock(db)
  const row = await claimNotice(db, outboxId, claimedAt)
  if (row === undefined) return 'skipped'
  const envelope = readEnvelope(row)
  const answer: Answer =
    envelope === undefined
      ? { taken: false, reason: 'unreadable payload' }
      : await channel(envelope, claimedAt)
  const { now } = await readClock(db)
  if (answer.taken) {
    await markDelivered(db, row.id, now)
    metrics.delivered.inc()
    return 'delivered'
  }
  metrics.failed.inc()
  const failure = { id: row.id, attempt: row.attempts, error: answer.reason }
  if (row.attempts < attemptsMax) {
    await markFailed(db, failure, now + pauseAfterMs(row.attempts))
    return 'failed'
  }
  await markParked(db, failure, now)
  metrics.parked.inc()
  logger.error({ notice: row.id, attempts: row.attempts, reason: answer.reason }, 'notice is parked')
  return 'parked'
}

/** A payload that cannot be read fails like any other attempt, so that it is parked in the end and seen. */
function readEnvelope(row: OutboxTable): NoticeEnvelope | undefined {
  try {
    return noticeEnvelope(row)
  } catch {
    return undefined
  }
}
