import { canonicalBody, eventHash, genesis } from '../audit/chain.ts'
import type { EventTable } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { FaultLog } from './audit-fault.ts'

/** Where a stream has been read up to. */
export interface Tail {
  readonly seq: number
  readonly hash: Buffer
  readonly at: Instant
}

/** A stream before its first event. */
export const beginning: Tail = { seq: 0, hash: genesis, at: Number.NEGATIVE_INFINITY }

/**
 * Checks an event by itself and against the one before it: number, link, hash, time, form, and the columns that repeat
 * what the body says. After a fault the stored values carry on, so that one bad event is one fault and not a stream of
 * them.
 *
 * @returns the tail after this event, and the parsed body where it has its form
 */
export function checkEvent(
  tail: Tail,
  event: EventTable,
  faults: FaultLog,
): { tail: Tail; body: object | undefined } {
  const { stream, seq } = event
  const add = (kind: 'sequence' | 'link' | 'hash' | 'time', expected: unknown, found: unknown) =>
    faults.add({ kind, stream, seq, field: kind, expected: String(expected), found: String(found) })

  if (seq !== tail.seq + 1) add('sequence', tail.seq + 1, seq)
  // Behind a gap the event before is not there to be compared with.
  else if (!event.prev.equals(tail.hash)) add('link', tail.hash.toString('hex'), event.prev.toString('hex'))
  const hash = eventHash(stream, seq, event.prev, event.body)
  if (!hash.equals(event.hash)) add('hash', hash.toString('hex'), event.hash.toString('hex'))
  // Written so that a time which is no number is a fault as well.
  if (!(event.at >= tail.at)) add('time', `at least ${readable(tail.at)}`, readable(event.at))
  return { tail: { seq, hash: event.hash, at: event.at }, body: checkBody(event, faults) }
}

function checkBody({ stream, seq, body, type, at }: EventTable, faults: FaultLog): object | undefined {
  const add = (kind: 'body' | 'column', field: string, expected: unknown, found: unknown) =>
    faults.add({ kind, stream, seq, field, expected: String(expected), found: String(found) })
  const parsed = parseCanonical(body)
  if (parsed === undefined) {
    add('body', 'body', 'a JSON object in canonical form (RFC 8785)', 'something else')
    return undefined
  }
  const said = { type: undefined, at: undefined, ...parsed }
  if (said.type !== type) add('column', 'type', said.type, type)
  if (said.at !== at) add('column', 'at', said.at, at)
  return parsed
}

/** The object that a canonical text holds. Only in that form does every reader see the same object. */
function parseCanonical(body: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isObject && canonicalBody(parsed) === body ? parsed : undefined
  } catch {
    return undefined
  }
}

function readable(at: Instant): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : String(at)
}
