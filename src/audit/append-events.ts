import { sql } from 'kysely'
import { byteaArray, instantArray, integerArray, textArray } from '../database/array-parameters.ts'
import type { Insert } from '../database/insert-together.ts'
import type { Instant } from '../domain/instant.ts'
import { canonicalBody, eventHash } from './chain.ts'

/** The last event of a stream: what the next one points back to. */
export interface Head {
  readonly seq: number
  readonly hash: Buffer
}

/** One line of the audit trail, linked and hashed, ready to be written. */
export interface ChainedEvent {
  readonly stream: string
  readonly seq: number
  readonly districtCode: string | null
  readonly type: string
  readonly at: Instant
  readonly body: string
  readonly prev: Buffer
  readonly hash: Buffer
}

/** Links events to a stream's head, in order. The caller holds the lock of whatever row keeps that head. */
export function chainEvents(
  stream: string,
  districtCode: string | null,
  head: Head,
  events: readonly { readonly type: string; readonly at: Instant }[],
): ChainedEvent[] {
  let { seq, hash: prev } = head
  return events.map((event) => {
    seq += 1
    const body = canonicalBody(event)
    const hash = eventHash(stream, seq, prev, body)
    const chained = { stream, seq, districtCode, type: event.type, at: event.at, body, prev, hash }
    prev = hash
    return chained
  })
}

/** The insert of chained events; none where there are none. A second writer of the same number fails on the primary key. */
export function insertEvents(events: readonly ChainedEvent[]): Insert | undefined {
  if (events.length === 0) return undefined
  return sql`
    insert into events (stream, seq, district_code, type, at, body, prev, hash)
    select * from unnest(
      ${textArray(events.map((event) => event.stream))},
      ${integerArray(events.map((event) => event.seq))},
      ${textArray(events.map((event) => event.districtCode))},
      ${textArray(events.map((event) => event.type))},
      ${instantArray(events.map((event) => event.at))},
      ${textArray(events.map((event) => event.body))},
      ${byteaArray(events.map((event) => event.prev))},
      ${byteaArray(events.map((event) => event.hash))}
    )`
}
