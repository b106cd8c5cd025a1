import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { commandEvents } from '../src/domain/event.ts'
import type { CommandType } from '../src/domain/transitions.ts'
import { acknowledge, entryFor, type Ledger, type LedgerEntry, noteStrange } from './ledger.ts'

/** How long a phone waits for one answer, and how long it keeps trying before it gives a request up. */
const answerLimitMs = 6_000
const patienceMs = 90_000
const pauseMs = 200

const receipt = z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() })
const acknowledged = z.looseObject({ event: receipt })
const submitted = z.looseObject({ incidentId: z.string(), event: receipt })
const refusal = z.looseObject({ code: z.string() })

/** Refusals that the rules of the domain may answer with: what is asked comes too late or is another's to do. */
const lawful = new Set([
  'illegal_transition',
  'not_accountable',
  'not_lead_unit',
  'not_arrived',
  'no_rung_above',
  'not_your_area',
])

/** Somebody with a token, whose name the ledger knows. */
export interface Caller {
  readonly principal: string
  readonly token: string
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
  readonly caller: Caller
  readonly key: string
  /** The command; undefined for a report. */
  readonly command?: CommandType
  readonly incidentId?: string
  readonly body: Readonly<Record<string, unknown>>
  /** Asks once and never again, whatever comes of it: the user has put the phone away. */
  readonly once?: boolean
  /** Other refusals that this errand provokes on purpose. */
  readonly provokes?: readonly string[]
}

/** A request's final answer; undefined where patience ran out. */
type Final = { readonly status: number; readonly text: string } | undefined

/** Sends in a report, again and again until there is a final answer, and returns its incident's id where it was taken. */
export async function report(network: PhoneNetwork, errand: Errand): Promise<string | undefined> {
  const final = await run(network, errand)
  return final?.status === 201 ? submitted.parse(JSON.parse(final.text)).incidentId : undefined
}

/** Does an action, and says whether it was acknowledged. */
export async function act(network: PhoneNetwork, errand: Errand): Promise<boolean> {
  return (await run(network, errand))?.status === 200
}

async function run(network: PhoneNetwork, errand: Errand): Promise<Final> {
  const { ledger } = network
  const { caller, key, command, incidentId = null, body } = errand
  const eventType = command === undefined ? 'report_received' : commandEvents[command]
  const entry = entryFor(ledger, { principal: caller.principal, key, eventType, incidentId })
  entry.sent.push({ text: textOf(body), occurredAt: occurredAtOf(body) })
  const path =
    command === undefined ? '/v1/reports' : `/v1/incidents/${incidentId}/${command.replaceAll('_', '-')}`
  const final = await send(network, errand, path, JSON.stringify(body))
  if (final === undefined) ledger.unanswered += 1
  else settle(ledger, entry, errand, final)
  return final
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
    const digest = createHash('sha256').update(final.text).digest('hex')
    acknowledge(ledger, entry, { stream, seq, hash, digest, at: Date.now() })
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
  { caller, key, once = false }: Errand,
  path: string,
  body: string,
): Promise<Final> {
  const giveUpAt = performance.now() + patienceMs
  const headers = {
    authorization: `Bearer ${caller.token}`,
    'content-type': 'application/json',
    'idempotency-key': key,
  }
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

function textOf({ description, text }: Errand['body']): string | null {
  if (typeof description === 'string') return description
  return typeof text === 'string' ? text : null
}

function occurredAtOf({ occurredAt }: Errand['body']): number | null {
  return typeof occurredAt === 'string' ? Date.parse(occurredAt) : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
