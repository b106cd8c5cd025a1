import { setMaxListeners } from 'node:events'
import type { CaseScript, Moment } from '../cases/script.ts'
import type { Admission } from './admission.ts'
import { type ApiClient, RefusedRequest } from './api-client.ts'
import type { Cast } from './cast.ts'
import { createHttpStage } from './http-stage.ts'
import type { IncidentWatch } from './incident-watch.ts'
import type { Limits } from './moment.ts'
import { playCase, type Stage } from './play-case.ts'
import type { Seen } from './seen-incident.ts'

/** A show that has not ended so long after it should have is broken off. */
const graceMs = 90_000

export interface ReplayDependencies {
  readonly client: ApiClient
  readonly admission: Pick<Admission, 'enter' | 'leave'>
  readonly cast: Cast
  readonly watch: IncidentWatch
  readonly limits: Limits
  readonly signal: AbortSignal
}

/** How far a replay is. */
export interface ReplayProgress {
  readonly received: number
  readonly finished: number
  readonly total: number
  readonly elapsedMs: number
}

export interface Replayed {
  /** What each case opened, by the case's id. */
  readonly opened: ReadonlyMap<string, Seen>
  /** Cases that could not be played to their end, with the reason. */
  readonly failures: readonly { readonly caseId: string; readonly reason: string }[]
  readonly tookMs: number
}

/** How long a promise takes from receipt until it is exhausted, without any lag, in ms. */
export function longestClimbMs(limits: Limits): number {
  return Math.max(
    ...Object.values(limits).map(({ community, street, district }) => community + street + district),
  )
}

/** Plays all cases at once, each to its end. */
export async function replay(
  cases: readonly CaseScript[],
  { client, admission, cast, watch, limits, signal }: ReplayDependencies,
  onProgress: (progress: ReplayProgress) => void,
): Promise<Replayed> {
  const startedAt = performance.now()
  const ended = new AbortController()
  const timeLimit = AbortSignal.timeout(2 * longestClimbMs(limits) + graceMs)
  const stopped = AbortSignal.any([signal, timeLimit, ended.signal])
  // Each case waits under it.
  setMaxListeners(0, stopped)
  const opened = new Map<string, Seen>()
  let finished = 0
  const tell = (): void =>
    onProgress({
      received: opened.size,
      finished,
      total: cases.length,
      elapsedMs: performance.now() - startedAt,
    })

  const telling = setInterval(tell, 200)
  const watching = watch.run(stopped).catch((error: unknown) => ended.abort(error))
  try {
    const outcomes = await Promise.allSettled(
      cases.map(async (script) => {
        const onReceived = (caseId: string, seen: Seen): void => void opened.set(caseId, seen)
        const stage = createHttpStage({ client, cast, watch, limits, signal: stopped, onReceived }, script)
        await admission.enter()
        stopped.throwIfAborted()
        await playCase(script, leavingWhenCalm(stage, script, admission), limits)
        finished += 1
      }),
    )
    signal.throwIfAborted()
    const failures = outcomes.flatMap((outcome, index) =>
      outcome.status === 'rejected'
        ? [{ caseId: cases[index]?.id ?? '', reason: reasonOf(outcome.reason) }]
        : [],
    )
    tell()
    return { opened, failures, tookMs: performance.now() - startedAt }
  } finally {
    clearInterval(telling)
    ended.abort(new Error('The replay has ended'))
    await watching
  }
}

/** A stage that makes room for the next case when nothing of this one presses any more, however that came. */
function leavingWhenCalm(stage: Stage, { steps }: CaseScript, admission: Pick<Admission, 'leave'>): Stage {
  const lastPressing = steps.findLastIndex(({ when }) => presses(when))
  let left = false
  const leaveAfter = async (index: number, doing: Promise<Seen>): Promise<Seen> => {
    let calm = index >= lastPressing
    try {
      return await doing
    } catch (error) {
      calm = true
      throw error
    } finally {
      if (calm && !left) {
        left = true
        admission.leave()
      }
    }
  }
  return {
    ...stage,
    submit: () => leaveAfter(-1, stage.submit()),
    act: (step, index) => leaveAfter(index, stage.act(step, index)),
  }
}

/** Whether a second's delay could make something late that is not meant to be. Late arrivals have seconds to spare. */
function presses(when: Moment): boolean {
  return (
    when.kind === 'at_once' ||
    (when.kind === 'on_clock' && (when.promise !== 'on_site' || when.rungsLate === 0))
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedRequest) return error.message
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
