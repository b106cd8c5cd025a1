import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { gather } from './gather.ts'
import type { ChannelAnswer, NoticeChannel } from './notice-channel.ts'
import { type NoticeEnvelope, noticeEnvelope } from './notice-envelope.ts'
import type { NoticeMetrics } from './notice-metrics.ts'
import { type AttemptResult, type ClaimedNotice, claimNotices, markAttempts } from './outbox-rows.ts'

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
export type DeliveryOutcome = AttemptResult['end'] | 'skipped'

/** Makes one attempt at the notice of this id. */
export type DeliverNotice = (outboxId: string) => Promise<DeliveryOutcome>

/** More attempts than are ever under way in a process. */
const together = 100

/**
 * Makes what delivers notices. No transaction is open while a receiver is asked: the claim is one statement, the mark is
 * another, and either is made for all that are at that point at the same moment. A process that dies between them has
 * perhaps delivered a notice that is then delivered again under the same id; so it is at least once, and receivers drop what
 * they have seen.
 */
export function createDelivery({
  db,
  readClock,
  channel,
  metrics,
  logger,
}: DeliveryDependencies): DeliverNotice {
  const claim = gather(async (ids: readonly string[]) => {
    const { now } = await readClock(db)
    const claimed = new Map((await claimNotices(db, [...new Set(ids)], now)).map((row) => [row.id, row]))
    return (id) => {
      const row = claimed.get(id)
      // Whoever asks for the same one as well finds it in other hands.
      claimed.delete(id)
      return row && { row, now }
    }
  }, together)

  const conclude = gather(async (attempts: readonly Attempt[]) => {
    const { now } = await readClock(db)
    const results = new Map(attempts.map((attempt) => [attempt, resultOf(attempt, now)]))
    await markAttempts(db, [...results.values()], now)
    return (attempt) => results.get(attempt)?.end ?? 'failed'
  }, together)

  return async (outboxId) => {
    const claimed = await claim(outboxId)
    if (claimed === undefined) return 'skipped'
    const { row } = claimed
    const envelope = readEnvelope(row)
    const answer: ChannelAnswer =
      envelope === undefined
        ? { taken: false, reason: 'unreadable payload' }
        : await channel(envelope, claimed.now)
    if (!answer.taken) metrics.failed.inc()
    const end = await conclude({ row, answer })
    if (end === 'delivered') metrics.delivered.inc()
    if (end === 'parked' && !answer.taken) {
      metrics.parked.inc()
      logger.error({ notice: row.id, attempts: row.attempts, reason: answer.reason }, 'notice is parked')
    }
    return end
  }
}

interface Attempt {
  readonly row: ClaimedNotice
  readonly answer: ChannelAnswer
}

function resultOf({ row: { id, attempts: attempt }, answer }: Attempt, now: Instant): AttemptResult {
  if (answer.taken) return { id, attempt, end: 'delivered' }
  const error = answer.reason
  return attempt < attemptsMax
    ? { id, attempt, end: 'failed', error, retryAt: now + pauseAfterMs(attempt) }
    : { id, attempt, end: 'parked', error }
}

/** A payload that cannot be read fails like any other attempt, so that it is parked in the end and seen. */
function readEnvelope(row: ClaimedNotice): NoticeEnvelope | undefined {
  try {
    return noticeEnvelope(row)
  } catch {
    return undefined
  }
}
