import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { commandEvents } from '../src/domain/event.ts'
import type { CommandType } from '../src/domain/transitions.ts'
import {
  acknowledge,
  digestOf,
  entryFor,
  type Ledger,
  type LedgerEntry,
  noteStrange,
  type SentBody,
} from './ledger.ts'

/** How long a phone waits for one answer, and how long it keeps trying before it gives a request up. */
const answerLimitMs = 6_000
const patienceMs = 90_000
const pauseMs = 200

const receipt = z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() })
const acknowledged = z.looseObject({ event: receipt })
const submitted = z.looseObject({
  incidentId: z.string(),
  reportId: z.string(),
  followSecret: z.string().optional(),
  event: receipt,
})
const refusal = z.looseObject({ code: z.string() })

/** Refusals that the rules of the domain may answer with: what is asked comes too late or is another's to do. */
const lawful = new Set([
  'illegal_transition',
  'not_accountable',
  'not_lead_unit',
  'not_arrived',
  'no_rung_above',
  'not_your_area',
  'not_assigned',
  'assignment_not_open',
  'already_accepted',
  'return_not_possible',
  'return_pending',
  'lead_exists',
  'already_assigned',
  'may_not_whistle',
  'unit_does_not_serve_category',
  'not_below',
  'not_superior',
  'nothing_running',
  'nothing_to_raise',
  'pause_exists',
  'relief_not_open',
  'relief_beyond_limit',
  'pause_over',
  'not_mergeable',
  'incident_not_found',
  'was_separated',
  'answer_exhausted',
  'already_rated',
  'rating_over',
  'not_entitled',
])

/** Somebody with a token, whose name the ledger knows. */
export interface Caller {
  readonly principal: string
  readonly token: string
}

/** Who follows a report by its secret. */
export interface Follower {
  readonly secret: string
}

export interface PhoneNetwork {
  /** The API's addresses: each attempt takes one of them, so that a retry may reach another process. */
  readonly addresses: readonly [string, ...string[]]
  readonly ledger: Ledger
  /** Chance, from 0 to 1. */
  readonly chance: () => number
  /** Ends the patience of everybody. */
  readonly signal: AbortSignal
}

/** What is to be sent, under which key. */
export interface Errand {
  /** Null for somebody who is not logged in. */
  readonly caller: Caller | Follower | null
  readonly key: string
  /** The command; undefined for a report. */
  readonly command?: CommandType
  /** For a rating the report, for every other command the incident. */
  readonly about?: string
  readonly body: Readonly<Record<string, unknown>>
  /** Asks once and never again, whatever comes of it: the user has put the phone away. */
  readonly once?: boolean
  /** Other refusals that this errand provokes on purpose. */
  readonly provokes?: readonly string[]
  /** The reporter is not named in the event: they asked for it, or nobody knows them. */
  readonly unnamed?: boolean
}

/** A report that was taken. */
export interface Submitted {
  readonly incidentId: string
  readonly reportId: string
  readonly followSecret?: string | undefined
}

/** A request's final answer; undefined where patience ran out. */
type Final = { readonly status: number; readonly text: string } | undefined

/** Sends in a report, again and again until there is a final answer, and returns what it was taken as. */
export async function report(network: PhoneNetwork, errand: Errand): Promise<Submitted | undefined> {
  const final = await run(network, errand)
  return final?.status === 201 ? submitted.parse(JSON.parse(final.text)) : undefined
}

/** Does an action, and says whether it was acknowledged. */
export async function act(network: PhoneNetwork, errand: Errand): Promise<boolean> {
  return (await run(network, errand))?.status === 200
}

async function run(network: PhoneNetwork, errand: Errand): Promise<Final> {
  const { ledger } = network
  const { command, about, body, unnamed = false } = errand
  const entry = entryFor(ledger, {
    principal: principalOf(errand),
    key: errand.key,
    eventType: command === undefined ? 'report_received' : commandEvents[command],
    incidentId: command === undefined || command === 'rate' ? null : (about ?? ''),
    unnamed: unnamed && { of: about },
  })
  entry.sent.push(sentIn(body))
  const final = await send(network, errand, JSON.stringify(body))
  if (final === undefined) ledger.unanswered += 1
  else settle(ledger, entry, errand, final)
  return final
}

/** As whom the service keeps the answer. */
function principalOf({ caller, about }: Errand): string {
  if (caller !== null && 'principal' in caller) return caller.principal
  return caller === null ? 'reporter:anybody' : `reporter:${about}`
}

function pathOf({ caller, command, about }: Errand): string {
  const isPublic = caller === null || 'secret' in caller
  const reports = isPublic ? '/v1/public/reports' : '/v1/reports'
  if (command === undefined) return reports
  return command === 'rate'
    ? `${reports}/${about}/rating`
    : `/v1/incidents/${about}/${command.replaceAll('_', '-')}`
}

function settle(
  ledger: Ledger,
  entry: LedgerEntry,
  { command, provokes = [] }: Errand,
  final: NonNullable<Final>,
): void {
  if (final.status === (command === undefined ? 201 : 200)) {
    const { event } = acknowledged.parse(JSON.parse(final.text))
    const { stream, seq, hash } = event
    acknowledge(ledger, entry, {
      stream,
      seq,
      hash,
      digest: digestOf(entry.eventType, final.text),
      at: Date.now(),
    })
    return
  }
  const { code } = refusal.catch({ code: 'no problem document' }).parse(parsed(final.text))
  ledger.refusals += 1
  entry.refused.add(code)
  const expected = command !== undefined && lawful.has(code)
  if (!expected && !provokes.includes(code))
    noteStrange(ledger, `${final.status} ${code} to ${entry.eventType}`)
}

/** Sends a request under one key until there is a final answer. What may pass by itself is tried again. */
async function send(
  { addresses, ledger, chance, signal }: PhoneNetwork,
  errand: Errand,
  body: string,
): Promise<Final> {
  const { caller, key, once = false } = errand
  const giveUpAt = performance.now() + patienceMs
  const headers = {
    ...(caller !== null && 'token' in caller ? { authorization: `Bearer ${caller.token}` } : {}),
    ...(caller !== null && 'secret' in caller ? { 'follow-secret': caller.secret } : {}),
    'content-type': 'application/json',
    'idempotency-key': key,
  }
  const path = pathOf(errand)
  while (performance.now() < giveUpAt && !signal.aborted) {
    const address = addresses[Math.floor(chance() * addresses.length)] ?? addresses[0]
    try {
      const limit = AbortSignal.timeout(answerLimitMs)
      const response = await fetch(`${address}${path}`, { method: 'POST', headers, body, signal: limit })
      const text = await response.text()
      if (response.status !== 503) return { status: response.status, text }
      if (response.headers.get('retry-after') === null) noteStrange(ledger, '503 without Retry-After')
    } catch {
      // The connection broke or the answer did not come: only the key tells whether anything was stored.
    }
    if (once) return undefined
    ledger.retries += 1
    await wait(pauseMs * (0.5 + chance()))
  }
  return undefined
}

function sentIn({ description, text, occurredAt }: Errand['body']): SentBody {
  const words = description ?? text
  return {
    text: typeof words === 'string' ? words : null,
    occurredAt: typeof occurredAt === 'string' ? Date.parse(occurredAt) : null,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
