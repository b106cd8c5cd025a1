import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Puts the weak ETag (RFC 9110, 8.8.1) of what an answer says on it. For content without a revision; parts of an answer that say
 * nothing by themselves, such as a cursor, are left out of it.
 *
 * @returns whether the client has this content already, so that it is to be answered with 304
 */
export function isKnownContent(request: FastifyRequest, reply: FastifyReply, content: unknown): boolean {
  const tag = contentTag(content)
  reply.header('etag', tag)
  return isKnown(request.headers['if-none-match'], tag)
}

function contentTag(content: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(content)).digest('base64url')}"`
}

/** If-None-Match is compared weakly (RFC 9110, 13.1.2). */
function isKnown(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const opaque = (one: string) => one.trim().replace(/^W\//, '')
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((one) => opaque(one) === opaque(tag))
}
