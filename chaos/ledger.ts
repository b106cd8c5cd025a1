/** What clients were told: every answer that promised something, by the key that it was asked with. */
export interface Acknowledged {
  readonly key: string
  readonly kind: 'report' | 'action'
  readonly stream: string
  readonly seq: number
  readonly hash: string
  readonly body: string
}

export interface Ledger {
  readonly acknowledged: Map<string, Acknowledged>
  /** Requests that never got a final answer within the client's patience. */
  readonly unanswered: Set<string>
  /** Answers to a retry that differ from what the same key was told before. */
  readonly contradictions: string[]
  /** Attempts that failed and were tried again. */
  retries: number
  /** Answers that no client should ever see, by status. */
  readonly unexpected: Map<string, number>
}

export function newLedger(): Ledger {
  return {
    acknowledged: new Map(),
    unanswered: new Set(),
    contradictions: [],
    retries: 0,
    unexpected: new Map(),
  }
}

export function acknowledge(ledger: Ledger, entry: Acknowledged): void {
  const known = ledger.acknowledged.get(entry.key)
  if (known !== undefined && known.body !== entry.body) ledger.contradictions.push(entry.key)
  ledger.acknowledged.set(entry.key, entry)
}
