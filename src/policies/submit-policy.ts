import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { lockRegistryStream } from '../audit/registry-stream.ts'
import type { ReadClock } from '../database/clock.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { Problem } from '../http/problems/problem.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { createPolicyVersion } from './create-policy-version.ts'
import { refuseForeignPolicy } from './policy-authority.ts'
import type { PolicyFields } from './policy-fields.ts'
import { policyView } from './policy-view.ts'

export interface PolicyDependencies {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}

export interface PolicySubmission {
  readonly actor: Actor
  readonly request: RequestKey
  readonly fields: PolicyFields
}

/**
 * Makes a new version of a policy at an administrator's request. Incidents that are under way keep the version that
 * they are pinned to.
 *
 * @throws Problem `not_your_area`, `area_not_found`, `category_not_found`, `change_refused` or
 *   `idempotency_key_reused`
 */
export async function submitPolicy(
  { db, readClock }: PolicyDependencies,
  { actor, request, fields }: PolicySubmission,
): Promise<{ answer: Answer; replayed: boolean }> {
  const id = uuidv7()
  return inTransaction(db, async (trx) => {
    // The lock comes first: of two requests under one key the second then finds the first one's answer.
    const stream = await lockRegistryStream(trx, 'policies', readClock)
    const earlier = (await findEarlierUses(trx, [request])).get(0)
    if (earlier === 'reused') throw new Problem('idempotency_key_reused')
    if (earlier !== undefined) return { answer: earlier.answer, replayed: true }
    await refuseForeignPolicy(trx, actor, fields)
    const view = await createPolicyVersion(trx, stream, { id, fields, actor })
    const answer: Answer = {
      status: 201,
      headers: { location: `/v1/policies/${id}` },
      body: JSON.stringify(policyView.parse(view)),
    }
    await storeAnswers(trx, stream.now, [{ request, answer }])
    return { answer, replayed: false }
  })
}
