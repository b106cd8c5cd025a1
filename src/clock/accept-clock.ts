import type { Kysely } from 'kysely'
import { isOnlyRoot } from '../areas/area-references.ts'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { ClockJump } from '../domain/context.ts'
import { Problem } from '../http/problems/problem.ts'
import { entityTag } from '../http/write-headers.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { storeClockState } from './clock-state.ts'
import { clockView, readClockState, viewClock } from './clock-view.ts'

/** Why a clock that has jumped is the right one. A closed list: free text never stands in the audit trail. */
export const acceptanceReasons = ['was_wrong_before', 'other_server', 'false_alarm'] as const
export type AcceptanceReason = (typeof acceptanceReasons)[number]

export interface ClockDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

export interface ClockAcceptance {
  /** An administrator; one without an area, which no token describes, is the operator. */
  readonly actor: Actor
  readonly request: RequestKey
  readonly reason: AcceptanceReason
  /** The state that the administrator saw, where they insist on that. */
  readonly ifMatch: number | undefined
}

/**
 * An administrator accepts the database's clock as it stands: from now on that decides, and breaches happen again. Where it
 * had jumped ahead, whatever runs is prolonged by as much before it can be breached, because it has not had that time. Where
 * it had gone back, whatever runs has that much longer, as nothing may be due earlier than it was said to be.
 *
 * One clock decides for every area, so only the administrator of the tree's one root may say so: a wrong clock that a community
 * accepted would breach the promises of all others.
 *
 * @throws Problem `not_your_area`, `clock_is_sound`, `precondition_failed` or `idempotency_key_reused`
 */
export async function acceptClock(
  { db, readClock }: ClockDependencies,
  { actor, request, reason, ifMatch }: ClockAcceptance,
): Promise<{ answer: Answer; replayed: boolean }> {
  return inTransaction(db, async (trx) => {
    // The lock comes first: of two requests under one key the second then finds the first one's answer.
    const stream = await lockRegistryStream(trx, 'clock', readClock)
    const earlier = (await findEarlierUses(trx, [request])).get(0)
    if (earlier === 'reused') throw new Problem('idempotency_key_reused')
    if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
    if (actor.areaCode !== undefined && !(await isOnlyRoot(trx, actor.areaCode)))
      throw new Problem('not_your_area')
    const { now } = await readClock(trx)
    const { seq, offset_ms: offsetMs, jumps } = await readClockState(trx)
    if (ifMatch !== undefined && ifMatch !== seq) throw new Problem('precondition_failed')
    if (offsetMs === null) throw new Problem('clock_is_sound')
    const clockAt = now + offsetMs
    const jump: ClockJump = { from: null, to: clockAt, byMs: offsetMs }
    const at = Math.max(clockAt, stream.now)
    const acceptedSeq = await storeClockState(trx, stream, {
      event: { type: 'clock_accepted', at, actor, reason, clockAt, offsetMs, jump },
      offsetMs: null,
      atLeast: false,
      jumps: [...jumps, jump],
      seenAt: clockAt,
    })
    const answer: Answer = {
      status: 200,
      headers: { etag: entityTag(acceptedSeq) },
      body: JSON.stringify(clockView.parse(viewClock(clockAt, null))),
    }
    await storeAnswers(trx, at, [{ request, answer }])
    return { answer, replayed: false }
  })
}
