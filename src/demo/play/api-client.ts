import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { limitConcurrency } from './limit-concurrency.ts'

/**
 * Reports on the way at a time, and other requests. What is done about a case that runs must not wait behind a hundred
 * new ones, however slow the machine is; so reports have a door of their own.
 */
const reportsMax = 8
const othersMax = 24
/** A phone tries again while the network or the service is away, under the same key, for this long. */
const retryForMs = 20_000
const retryPauseMs = 200
const requestLimitMs = 10_000

const problemSchema = z.object({ code: z.string(), title: z.string().optional() })

/** The API refused a request; a refusal is not tried again. */
export class RefusedRequest extends Error {
  readonly status: number
  readonly code: string
  constructor(what: string, status: number, code: string) {
    super(`${what}: ${status} ${code}`)
    this.name = 'RefusedRequest'
    this.status = status
    this.code = code
  }
}

/** What every request needs: who asks, and in which language the answer's texts are wanted. */
interface Asking {
  readonly token: string
  readonly language?: 'zh' | 'en' | undefined
}

export interface ApiClient {
  /** Sends a body under an idempotency key, again and again until there is an answer. */
  post<T>(
    path: string,
    asking: Asking & { readonly key: string; readonly body: object },
    answer: z.ZodType<T>,
  ): Promise<T>
  get<T>(path: string, asking: Asking, answer: z.ZodType<T>): Promise<T>
}

export interface ApiClientOptions {
  readonly address: string
  /** Gives everything up. */
  readonly signal: AbortSignal
  /** Told how long each POST took, be it answered or not. */
  readonly onWritten?: (ms: number) => void
}

/**
 * A client as a careful app would be: bounded, with time-outs, and with retries that repeat nothing.
 */
export function createApiClient({ address, signal, onWritten }: ApiClientOptions): ApiClient {
  const reports = limitConcurrency(reportsMax)
  const others = limitConcurrency(othersMax)

  async function request<T>(path: string, init: RequestInit, answer: z.ZodType<T>): Promise<T> {
    const what = `${init.method ?? 'GET'} ${path}`
    const limited = path === '/v1/reports' ? reports : others
    const giveUpAt = performance.now() + retryForMs
    for (;;) {
      const outcome = await limited(() => once(`${address}${path}`, init))
      if (outcome.kind === 'answer' && outcome.ok) return answer.parse(outcome.body)
      const again = outcome.kind === 'unreachable' || outcome.status === 503
      if (!again || performance.now() > giveUpAt) throw failure(what, outcome)
      await wait(retryPauseMs, undefined, { signal })
    }
  }

  async function once(url: string, init: RequestInit): Promise<Outcome> {
    signal.throwIfAborted()
    const startedAt = performance.now()
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(requestLimitMs)])
      const response = await fetch(url, { ...init, signal: limit })
      const body: unknown = await response.json()
      return { kind: 'answer', ok: response.ok, status: response.status, body }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unreachable', error }
    } finally {
      if (init.method === 'POST') onWritten?.(performance.now() - startedAt)
    }
  }

  return {
    post: (path, { token, language, key, body }, answer) =>
      request(
        path,
        {
          method: 'POST',
          headers: {
            ...headers({ token, language }),
            'content-type': 'application/json',
            'idempotency-key': key,
          },
          body: JSON.stringify(body),
        },
        answer,
      ),
    get: (path, asking, answer) => request(path, { headers: headers(asking) }, answer),
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly ok: boolean; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly error: unknown }

function headers({ token, language = 'zh' }: Asking): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'accept-language': language }
}

function failure(what: string, outcome: Outcome): Error {
  if (outcome.kind === 'unreachable') return new Error(`${what}: no answer`, { cause: outcome.error })
  const problem = problemSchema.safeParse(outcome.body).data
  return new RefusedRequest(what, outcome.status, problem?.code ?? 'no problem document')
}
