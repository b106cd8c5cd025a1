import { readFile } from 'node:fs/promises'
import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { Problem } from '../problems/problem.ts'

/** How long the issuer may take to answer, in ms. A request waits for it, so it is short. */
const fetchTimeoutMs = 3_000
/** How long after a fetch an unknown `kid` does not cause another one, in ms: forged tokens must not flood the issuer. */
const cooldownMs = 30_000
/** How long fetched keys count as current, in ms. */
const keysMaxAgeMs = 10 * 60_000
/** How long fetched keys are still used when the issuer cannot be reached, in ms: an outage there should not end work here. */
const staleKeysMaxMs = 60 * 60_000
/** How long after a failed fetch none is tried, in ms. */
const failurePauseMs = 5_000

/**
 * The issuer's public keys, fetched from its JWKS address when first needed.
 *
 * @param now reads the wall clock, in ms.
 * @returns a function that finds the key for a token. It throws jose's errors where the token is at fault, and Problem
 *   `keys_unavailable` where the keys could not be had.
 */
export function remoteKeySet({ url, now }: { url: URL; now: () => number }): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: keysMaxAgeMs,
  })
  let fetchedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY

  const stale: JWTVerifyGetKey = (header, token) => {
    const keys = remote.jwks()
    if (keys === undefined || now() - fetchedAt > staleKeysMaxMs) {
      throw new Problem('keys_unavailable', { retryAfterSeconds: failurePauseMs / 1000 })
    }
    return createLocalJWKSet(keys)(header, token)
  }

  return async (header, token) => {
    if (!remote.fresh && now() - failedAt < failurePauseMs) return stale(header, token)
    const wasFresh = remote.fresh
    try {
      const key = await remote(header, token)
      if (!wasFresh) fetchedAt = now()
      return key
    } catch (error) {
      if (isTokenFault(error)) throw error
      failedAt = now()
      return stale(header, token)
    }
  }
}

/** Whether the token asked for a key that the set does not have; anything else means that the set could not be had. */
function isTokenFault(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

const keySetFile = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(20),
})

/**
 * The public keys in a JWKS file, for development.
 *
 * @throws Error when the file is missing or holds no key set.
 */
export async function keySetFromFile(path: string): Promise<JWTVerifyGetKey> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'))
  return createLocalJWKSet(keySetFile.parse(content))
}
