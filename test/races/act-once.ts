import { createHash } from 'node:crypto'
import type { Actor } from '../../src/domain/actor.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { actOnIncident, type WritePathDependencies } from '../../src/incidents/act-on-incident.ts'
import type { Action } from '../../src/incidents/action.ts'

/** What somebody was told: the body of a success, or the code of the refusal. */
export interface Told {
  readonly word: string
  readonly body: string
}

/** One action under a key through the real write path; `word` is `accepted`, `replayed` or why it was refused. */
export async function actOnce(
  dependencies: WritePathDependencies,
  asked: {
    readonly incidentId: string
    readonly actor: Actor
    readonly action: Action
    readonly key: string
  },
): Promise<Told> {
  const { incidentId, actor, action, key } = asked
  try {
    const { answer, replayed } = await actOnIncident(dependencies, {
      incidentId,
      action,
      actor,
      request: { principal: actor.id, key, fingerprint: createHash('sha256').update(action.type).digest() },
      arrivedAt: performance.now(),
      occurredAt: null,
      ifMatch: undefined,
      text: null,
      textVisibleToReporter: true,
    })
    return { word: replayed ? 'replayed' : 'accepted', body: answer.body }
  } catch (error) {
    if (error instanceof Problem) return { word: error.code, body: '' }
    throw error
  }
}
