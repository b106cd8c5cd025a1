import { z } from 'zod'

/**
 * A place in the feed: after one event, or before everything of a commit order, where `stream` is empty.
 */
export interface FeedPlace {
  readonly order: number
  readonly stream: string
  readonly seq: number
}

/** A place, and the database in which it is one. */
export interface FeedCursor {
  /** Differs for every database, and after a restore or a failover. */
  readonly origin: string
  readonly place: FeedPlace
}

/** Before everything that has not been finished below this order. */
export function before(order: number): FeedPlace {
  return { order, stream: '', seq: 0 }
}

/** Whether one place comes after another. Streams are compared as the database does it, by their bytes, which are ASCII. */
export function isAfter(one: FeedPlace, other: FeedPlace): boolean {
  if (one.order !== other.order) return one.order > other.order
  if (one.stream !== other.stream) return one.stream > other.stream
  return one.seq > other.seq
}

const shape = /^([0-9a-f]{8})\.(\d{1,15})\.(\d{1,10})\.([a-z_-]*(?:\/[0-9a-f-]{36})?)$/
const cursorLengthMax = 200

/** A cursor as clients keep it: opaque, one line, neither secret nor signed, because it never widens what they may see. */
export function encodeFeedCursor({ origin, place: { order, stream, seq } }: FeedCursor): string {
  return Buffer.from(`${origin}.${order}.${seq}.${stream}`).toString('base64url')
}

/** Nothing for what is no cursor of a feed. What others have put after it behind a dot, such as an inbox, is passed over. */
export function decodeFeedCursor(text: string): FeedCursor | undefined {
  if (text.length > cursorLengthMax) return undefined
  const [place = ''] = text.split('.')
  const parts = shape.exec(Buffer.from(place, 'base64url').toString('latin1'))
  if (parts === null) return undefined
  const [, origin = '', order = '', seq = '', stream = ''] = parts
  // Postgres' integers end before these digits do.
  return Number(seq) >= 2 ** 31
    ? undefined
    : { origin, place: { order: Number(order), stream, seq: Number(seq) } }
}

/** A cursor in an answer. */
export const feedCursorText = z
  .string()
  .meta({ description: 'A place in the feed of events; opaque', example: 'OWE0YzBiMTIuODE0Mi4wLg' })
