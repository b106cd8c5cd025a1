import { createHash } from 'node:crypto'
import { z } from 'zod'
import { storedKey } from '../src/idempotency/request-key.ts'

const rated = z.object({ event: z.object({ stream: z.string(), seq: z.int(), hash: z.string() }) })

/** One body that was sent under a key. Several under one key are a client's mistake, which the service must refuse. */
export interface SentBody {
  /** The free text in it, which no two requests share; null where it has none. */
  readonly text: string | null
  /** As the client claims it, in ms since 1970; null where it claims nothing. */
  readonly occurredAt: number | null
}

/** The event that an answer names. */
export interface Receipt {
  readonly stream: string
  readonly seq: number
  readonly hash: string
}

/** A 2xx answer as a client got it. */
export interface Told extends Receipt {
  /** SHA-256 of the answer, as `digestOf` makes it. */
  readonly digest: string
  /** When it arrived, by the true clock, in ms since 1970. */
  readonly at: number
}

/** Everything that clients know of one key. */
export interface LedgerEntry {
  readonly principal: string
  readonly key: string
  /** The event type that the request asks for. */
  readonly eventType: string
  /** Null for a report, which makes its incident, and for a rating, which goes where its report has gone. */
  readonly incidentId: string | null
  /** The event names nobody but the report: `of` this id, which an answer tells where the request is the report itself. */
  readonly unnamed: false | { readonly of: string | undefined }
  readonly sent: SentBody[]
  readonly told: Told[]
  /** Refusals by their code. */
  readonly refused: Set<string>
}

export interface Ledger {
  /** By `ledgerKey`. */
  readonly entries: Map<string, LedgerEntry>
  /** Attempts that brought no final answer and were repeated. */
  retries: number
  /** Requests whose client lost patience: only the database knows what became of them. */
  unanswered: number
  /** Requests that were acknowledged with 2xx, each retry counted. */
  acknowledged: number
  refusals: number
  /** Answers that no client should ever see, with the number of times. */
  readonly strange: Map<string, number>
  /** Events of registries that administrators were told of. */
  readonly changes: Receipt[]
}

export function newLedger(): Ledger {
  return {
    entries: new Map(),
    retries: 0,
    unanswered: 0,
    acknowledged: 0,
    refusals: 0,
    strange: new Map(),
    changes: [],
  }
}

/** @param key as the database holds it: `storedKey` of the client's */
export function ledgerKey(principal: string, key: string): string {
  return `${principal} ${key}`
}

/** The entry of a key, which is made at its first use. */
export function entryFor(
  ledger: Ledger,
  request: Pick<LedgerEntry, 'principal' | 'key' | 'eventType' | 'incidentId' | 'unnamed'>,
): LedgerEntry {
  const name = ledgerKey(request.principal, storedKey(request.key))
  const known = ledger.entries.get(name)
  if (known !== undefined) return known
  const entry: LedgerEntry = { ...request, sent: [], told: [], refused: new Set() }
  ledger.entries.set(name, entry)
  return entry
}

/**
 * The SHA-256 of what an answer and its stored form have in common, which is all of it, but for two kinds: the secret link of a
 * report is added whenever it is given, and who rates is told of a part only, at least of the event.
 */
export function digestOf(eventType: string, text: string): string {
  const common =
    eventType === 'rated'
      ? JSON.stringify(rated.parse(JSON.parse(text)))
      : text.replace(/,"followSecret":"[^"]*"/, '')
  return createHash('sha256').update(common).digest('hex')
}

/** Notes an answer that promised something. The same answer told again is one. */
export function acknowledge(ledger: Ledger, entry: LedgerEntry, told: Told): void {
  ledger.acknowledged += 1
  if (!entry.told.some(({ digest }) => digest === told.digest)) entry.told.push(told)
}

export function noteStrange({ strange }: Ledger, what: string): void {
  strange.set(what, (strange.get(what) ?? 0) + 1)
}
