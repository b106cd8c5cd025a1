import { setTimeout as wait } from 'node:timers/promises'
import type { Instant } from '../domain/instant.ts'
import type { ApiClient } from './api-client.ts'
import type { Cast } from './cast.ts'
import type { IncidentWatch } from './incident-watch.ts'
import type { Stage } from './play-case.ts'
import type { CaseScript } from './script.ts'
import { actedIncident, openedIncident, type Seen } from './seen-incident.ts'

export interface HttpStageDependencies {
  readonly client: ApiClient
  readonly cast: Cast
  readonly watch: IncidentWatch
  readonly signal: AbortSignal
  /** Told of each report that was received. */
  readonly onReceived: (script: CaseScript, seen: Seen) => void
}

/** Plays a case over HTTP, each actor with a token of their own. */
export function createHttpStage(dependencies: HttpStageDependencies, script: CaseScript): Stage {
  const { client, cast, watch, signal, onReceived } = dependencies
  let incidentId = ''
  let receivedAt: Instant = 0
  /**
   * `performance.now()` when the report's answer was here. The server had received it by then, so an instant counted from
   * here never comes too early; it comes too late by as much as the answer took.
   */
  let answeredAt = 0

  return {
    async submit() {
      const token = await cast.reporter(script)
      const key = `${script.id}-report`
      const seen = await client.post('/v1/reports', { token, key, body: script.report }, openedIncident)
      answeredAt = performance.now()
      incidentId = seen.id
      receivedAt = seen.receivedAt
      onReceived(script, seen)
      return seen
    },
    async act({ who, act, text }, index) {
      const token = await cast.member(who, script)
      const body = {
        ...(text === null ? {} : { text }),
        ...(act === 'whistle' ? { lead: script.unitCode } : {}),
      }
      const path = `/v1/incidents/${incidentId}/${act.replaceAll('_', '-')}`
      return client.post(path, { token, key: `${script.id}-${index}-${act}`, body }, actedIncident)
    },
    async lookAgain() {
      signal.throwIfAborted()
      return orAbort(watch.next(incidentId), signal)
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
