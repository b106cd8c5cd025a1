import { createHash } from 'node:crypto'

/**
 * The weak ETag (RFC 9110, 8.8.1) of what an answer says. For content without a revision; parts of an answer that say nothing
 * by themselves, such as a cursor, are left out of it.
 */
export function contentTag(content: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(content)).digest('base64url')}"`
}

/** Whether the client has this content already, by its If-None-Match (RFC 9110, 13.1.2: compared weakly). */
export function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const opaque = (one: string) => one.trim().replace(/^W\//, '')
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((one) => opaque(one) === opaque(tag))
}
