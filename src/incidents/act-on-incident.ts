import type { Kysely } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import { connectionWaitMs, waitMaxMs } from '../database/waiting.ts'
import type { Answer } from '../idempotency/stored-answers.ts'
import { type ActionOutcome, actAlone, actTogether } from './act-on-incidents.ts'
import { type CoalescedWork, type CoalescingLimits, coalesce } from './coalesced-work.ts'
import type { ActionRequest } from './decide-action.ts'
import { failureOfAction } from './failure-of-action.ts'

export interface WritePathDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

/**
 * The one way in which somebody changes an incident: lock it, read the clock, settle what is overdue, decide, save. What
 * was settled is committed even where the action itself is refused.
 *
 * @param giveUpAt when the request's time for waiting is over, in terms of `performance.now()`
 * @throws Problem with the refusal's code, `not_found` for what is foreign, or `precondition_failed`
 */
export async function actOnIncident(
  dependencies: WritePathDependencies,
  asked: ActionRequest,
  giveUpAt = performance.now() + waitMaxMs,
): Promise<{ readonly answer: Answer; readonly replayed: boolean }> {
  const { db, readClock } = dependencies
  const outcome = await inTransaction(db, (trx) => actAlone(trx, readClock, asked, giveUpAt), giveUpAt).catch(
    async (error: unknown) => {
      throw await failureOfAction(dependencies, asked.incidentId, error)
    },
  )
  if ('problem' in outcome) throw outcome.problem
  return outcome
}

/**
 * The same for many at once: what arrives while one transaction is under way goes into the next one. Actions on one incident
 * follow each other in the order in which they came; they wait in this process, before they take a connection, so nobody
 * who works on another incident notices. So does an action whose incident is held outside of this process: it alone waits.
 */
export function createActionIntake(
  dependencies: WritePathDependencies,
  limits: Partial<CoalescingLimits> = {},
): CoalescedWork<ActionRequest, ActionOutcome> {
  const { db, readClock } = dependencies
  return coalesce<ActionRequest, ActionOutcome>(
    {
      needs: ({ incidentId }) => [incidentId],
      async together(asked, giveUpAt) {
        try {
          return await inTransaction(db, (trx) => actTogether(trx, readClock, asked, giveUpAt), giveUpAt)
        } catch (error) {
          const [first] = asked
          if (first === undefined || asked.length > 1) throw error
          throw await failureOfAction(dependencies, first.incidentId, error)
        }
      },
      alone: (asked, giveUpAt) => actOnIncident(dependencies, asked, giveUpAt),
    },
    // An action that is carried out alone may have to wait for a connection and a lock of its own afterwards.
    { turnMaxMs: waitMaxMs - connectionWaitMs, ...limits },
  )
}
