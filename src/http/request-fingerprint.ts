import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/**
 * What makes two requests the same request, for an idempotency key: SHA-256 over the canonical JSON (RFC 8785) of method,
 * path and body. The order of fields and the white space of the body do not count.
 *
 * @param body the parsed body, undefined where there is none.
 * @returns 32 bytes.
 */
export function requestFingerprint(method: string, url: string, body: unknown): Buffer {
  return createHash('sha256')
    .update(canonicalize([method, url, body ?? null]) ?? '')
    .digest()
}
