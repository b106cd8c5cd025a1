import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/**
 * What makes two requests the same request, for an idempotency key: SHA-256 over the canonical JSON (RFC 8785) of method,
 * path and body. The order of fields and the white space of the body do not count.
 *
 * @param submittedBody the parsed body as it was sent (request.submittedBody), undefined where there is none. What a schema
 *   made of it would take two requests for one, and change with the schema.
 * @returns 32 bytes.
 */
export function requestFingerprint(method: string, url: string, submittedBody: unknown): Buffer {
  return createHash('sha256')
    .update(canonicalize([method, url, submittedBody ?? null]) ?? '')
    .digest()
}
