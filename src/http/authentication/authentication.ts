import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Actor } from '../../domain/actor.ts'
import { Problem } from '../problems/problem.ts'
import { actorOfClaims } from './token-claims.ts'
import { createVerifiedTokenCache } from './verified-token-cache.ts'

/** Longer tokens are refused before any work is done on them. */
const tokenLengthMax = 8_192
/** How far the issuer's clock and ours may disagree, in seconds. */
const clockToleranceSeconds = 5
/** Only asymmetric algorithms: with them a public key can never pass for a shared secret. */
const algorithms = ['ES256', 'EdDSA', 'RS256']

const realm = 'whistle-report'
const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i

/** Finds out who sends a request, from its Authorization header. */
export type Authenticate = (authorization: string | undefined) => Promise<Actor>

export interface AuthenticationOptions {
  readonly keys: JWTVerifyGetKey
  readonly issuer: string
  readonly audience: string
  /**
   * Reads the wall clock, in ms. A token's lifetime is the issuer's matter and follows its clock, not the database's
   * instant: no deadline is decided by it.
   */
  readonly now: () => number
}

/**
 * Authentication by Bearer access tokens (RFC 6750, RFC 9068), verified against the issuer's keys. What a token's header
 * says about keys (`jku`, `x5u`, `jwk`) is never followed.
 *
 * @returns a function that throws Problem `unauthenticated` or `invalid_token` (401, with WWW-Authenticate), or
 *   `keys_unavailable` (503) when the issuer's keys cannot be had.
 */
export function createAuthentication({ keys, issuer, audience, now }: AuthenticationOptions): Authenticate {
  const verified = createVerifiedTokenCache()

  return async (authorization) => {
    const token = bearerToken(authorization)
    const known = verified.find(token, now())
    if (known !== undefined) return known
    const { actor, expiresAt } = await verify(token)
    verified.remember(token, actor, now(), expiresAt)
    return actor
  }

  async function verify(token: string): Promise<{ actor: Actor; expiresAt: number }> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms,
        issuer,
        audience,
        typ: 'at+jwt',
        requiredClaims: ['exp', 'sub'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(now()),
      })
      const actor = actorOfClaims(payload)
      if (actor === undefined) throw invalidToken('The claims do not describe a role with its area or unit')
      return { actor, expiresAt: (payload.exp ?? 0) * 1000 }
    } catch (error) {
      if (error instanceof Problem) throw error
      if (error instanceof errors.JWTExpired) throw invalidToken('The token has expired')
      // Everything else that verification throws is about the token: jose and the Web Crypto API report a malformed
      // one in many ways, and the key set reports its own failures as a Problem.
      throw invalidToken('The token is not valid')
    }
  }
}

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) {
    throw new Problem('unauthenticated', { headers: challenge() })
  }
  const token = authorization.length > tokenLengthMax ? undefined : bearer.exec(authorization)?.[1]
  if (token === undefined) throw invalidToken('The token is malformed')
  return token
}

function invalidToken(description: string): Problem {
  return new Problem('invalid_token', { headers: challenge('invalid_token', description) })
}

/** A WWW-Authenticate header (RFC 6750, section 3). A request that carried no token is told no error. */
export function challenge(error?: string, description?: string): Record<string, string> {
  const reason = error === undefined ? '' : `, error="${error}", error_description="${description ?? error}"`
  return { 'www-authenticate': `Bearer realm="${realm}"${reason}` }
}
