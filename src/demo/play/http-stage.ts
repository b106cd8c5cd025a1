import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Instant } from '../../domain/instant.ts'
import { againId, type CaseScript } from '../cases/script.ts'
import type { ApiClient } from './api-client.ts'
import type { Cast } from './cast.ts'
import type { IncidentWatch } from './incident-watch.ts'
import type { Limits } from './moment.ts'
import type { Stage } from './play-case.ts'
import { actedIncident, openedIncident, type Seen, seenIncident } from './seen-incident.ts'
import { type Opened, requestOf } from './step-request.ts'

export interface HttpStageDependencies {
  readonly client: ApiClient
  readonly cast: Cast
  readonly watch: IncidentWatch
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Told of each report that was received. */
  readonly onReceived: (caseId: string, seen: Seen) => void
}

/** Plays a case over HTTP, each actor with a token of their own. */
export function createHttpStage(dependencies: HttpStageDependencies, script: CaseScript): Stage {
  const { client, cast, watch, limits, signal, onReceived } = dependencies
  let own: Opened = { id: '', reportId: '' }
  let again: Opened | undefined
  let receivedAt: Instant = 0
  /**
   * `performance.now()` when the report's answer was here. The server had received it by then, so an instant counted from
   * here never comes too early; it comes too late by as much as the answer took.
   */
  let answeredAt = 0
  const serverNow = (): Instant => Math.round(receivedAt + (performance.now() - answeredAt))
  const look = async (): Promise<Seen> =>
    client.get(`/v1/incidents/${own.id}`, { token: await cast.member('street', script) }, seenIncident)

  return {
    async submit() {
      const token = await cast.member('reporter', script)
      const key = `${script.id}-report`
      const seen = await client.post('/v1/reports', { token, key, body: script.report }, openedIncident)
      answeredAt = performance.now()
      own = seen
      receivedAt = seen.receivedAt
      onReceived(script.id, seen)
      return seen
    },
    async act(step, index) {
      const token = await cast.member(step.who, script)
      const { path, body } = requestOf(step, { script, limits, own, again, now: serverNow() })
      const sent = { token, key: `${script.id}-${index}-${step.act}`, body }
      switch (step.act) {
        case 'report': {
          const seen = await client.post(path, sent, openedIncident)
          again = seen
          onReceived(againId(script), seen)
          return look()
        }
        case 'merge':
        case 'rate':
          // They are answered with another incident than the case's own, or with its state alone.
          await client.post(path, sent, z.unknown())
          return look()
        default:
          return client.post(path, sent, actedIncident)
      }
    },
    async lookAgain() {
      signal.throwIfAborted()
      return orAbort(watch.next(own.id), signal)
    },
    async until(at) {
      const leftMs = at - receivedAt - (performance.now() - answeredAt)
      if (leftMs > 0) await wait(leftMs, undefined, { signal })
    },
    async pause(ms) {
      await wait(ms, undefined, { signal })
    },
  }
}

async function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
