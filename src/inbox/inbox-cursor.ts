import { createHash } from 'node:crypto'
import type { Actor } from '../domain/actor.ts'
import { decodeFeedCursor, encodeFeedCursor, type FeedCursor } from '../feed/feed-cursor.ts'

/** Between the place in the feed and the mark of whose inbox it is: no letter of base64url. */
const separator = '.'

/**
 * The cursor of an inbox: a place in the feed, which a live stream goes on from too, and whose inbox it was read with. What has
 * changed since says nothing of what another inbox holds, so whoever acts for another area or unit by now has to load theirs.
 */
export function encodeInboxCursor(cursor: FeedCursor, actor: Actor): string {
  return `${encodeFeedCursor(cursor)}${separator}${markOf(actor)}`
}

/** Nothing for what is no cursor of this actor's inbox. */
export function decodeInboxCursor(text: string, actor: Actor): FeedCursor | undefined {
  const [place = '', mark, ...more] = text.split(separator)
  return more.length === 0 && mark === markOf(actor) ? decodeFeedCursor(place) : undefined
}

/** Colleagues have one inbox. Not a secret, and no proof: what may be seen is decided by whoever asks. */
function markOf({ role, areaCode, unitCode }: Actor): string {
  return createHash('sha256')
    .update(JSON.stringify([role, areaCode, unitCode]))
    .digest('hex')
    .slice(0, 8)
}
