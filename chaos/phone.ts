import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { acknowledge, type Ledger } from './ledger.ts'

/** How long a phone waits for one answer, and how long it keeps trying before it gives a request up. */
const answerLimitMs = 5_000
const patienceMs = 60_000
const pauseMs = 150

const acknowledged = z.looseObject({
  event: z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() }),
})
const submitted = acknowledged.extend({ incidentId: z.string() })

export interface Phone {
  readonly address: string
  readonly ledger: Ledger
}

/** A request's final answer: what was acknowledged, a refusal, or nothing where the phone's patience ran out. */
type Final = { readonly status: number; readonly body: string } | undefined

/** Sends a request under one key until there is a final answer. What may pass by itself is tried again. */
async function send(phone: Phone, token: string, path: string, key: string, body: object): Promise<Final> {
  const giveUpAt = performance.now() + patienceMs
  while (performance.now() < giveUpAt) {
    try {
      const response = await fetch(`${phone.address}${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerLimitMs),
      })
      const text = await response.text()
      if (response.status !== 503) {
        if (response.status >= 500) count(phone.ledger, `${response.status} ${text.slice(0, 200)}`)
        return { status: response.status, body: text }
      }
      if (response.headers.get('retry-after') === null) count(phone.ledger, '503 without Retry-After')
    } catch {
      // The connection broke or the answer did not come: only the key tells whether anything was stored.
    }
    phone.ledger.retries += 1
    await wait(pauseMs)
  }
  phone.ledger.unanswered.add(key)
  return undefined
}

function count({ unexpected }: Ledger, what: string): void {
  unexpected.set(what, (unexpected.get(what) ?? 0) + 1)
}

/** Sends in a report and returns its incident's id once it is acknowledged. */
export async function report(
  phone: Phone,
  token: string,
  key: string,
  body: object,
): Promise<string | undefined> {
  const final = await send(phone, token, '/v1/reports', key, body)
  if (final === undefined) return undefined
  if (final.status !== 201) {
    count(phone.ledger, `${final.status} to a report`)
    return undefined
  }
  const { incidentId, event } = submitted.parse(JSON.parse(final.body))
  acknowledge(phone.ledger, { key, kind: 'report', ...event, body: final.body })
  return incidentId
}

/** Does an action and returns whether it was acknowledged. A refusal by the rules (4xx) is a final answer too. */
export async function act(
  phone: Phone,
  token: string,
  incidentId: string,
  action: string,
  key: string,
  body: object,
): Promise<boolean> {
  const final = await send(phone, token, `/v1/incidents/${incidentId}/${action}`, key, body)
  if (final === undefined || final.status !== 200) {
    if (final !== undefined && final.status !== 409 && final.status < 500)
      count(phone.ledger, `${final.status} to ${action}`)
    return false
  }
  const { event } = acknowledged.parse(JSON.parse(final.body))
  acknowledge(phone.ledger, { key, kind: 'action', ...event, body: final.body })
  return true
}
