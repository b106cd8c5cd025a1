import { createHash } from 'node:crypto'
import { canonicalJson } from '../audit/canonical-json.ts'
import type { Actor } from '../domain/actor.ts'

/**
 * What identifies a writing request: the same for each retry, scoped to the caller.
 *
 * Neither part can be turned back into what the client sent. The body holds personal data, and a plain hash of it could be
 * guessed from a dump of the table, a telephone number in seconds. So the client's key is the secret that the body is
 * hashed with, and only its own hash is stored: as long as clients choose random keys, guessing a body means guessing
 * its key too. That needs no secret of the server's, which would have to be kept, shared and replaced.
 */
export interface RequestKey {
  /** Who calls: the token's subject. */
  readonly principal: string
  /** Made from the client's key by `storedKey`. */
  readonly key: string
  /** SHA-256 of the key and what was asked; the same key for something else is refused. */
  readonly fingerprint: Buffer
}

/** A request, as far as it is identified by its parts. */
export interface KeyedRequest {
  readonly method: string
  readonly url: string
  readonly actor: Actor
  readonly headers: { readonly 'idempotency-key': string }
  /**
   * The parsed body as it was sent. What a schema made of it would take two requests for one, and change with the schema.
   */
  readonly submittedBody: unknown
}

/** The order of a body's fields and its white space do not count: it is hashed as canonical JSON (RFC 8785). */
export function requestKeyOf({ method, url, actor, headers, submittedBody }: KeyedRequest): RequestKey {
  const key = headers['idempotency-key']
  const asked = canonicalJson([key, method, url, submittedBody ?? null])
  return {
    principal: actor.id,
    key: storedKey(key),
    fingerprint: createHash('sha256').update(asked).digest(),
  }
}

/** SHA-256 of a client's key, hexadecimal: what stands in the table. */
export function storedKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
