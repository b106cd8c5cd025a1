import type { Actor } from '../domain/actor.ts'
import type { RateLimit, RateLimiter } from '../rate-limits/rate-limiter.ts'
import type { RegistryDependencies } from './change-registry.ts'

/**
 * Changes that one person may ask for within ten minutes, of all registries together: by hand nobody makes one each three
 * seconds. Whoever has more rows sends a file, which counts once, as it is one request, one transaction under the registry's
 * lock and at the most 20,000 rows.
 */
export const usualChangesPerPerson = 200

/**
 * Counts a request that changes a registry, whatever becomes of it: what is refused under the registry's lock holds up the
 * others as well. A `preHandler`, because what does not fit its schema asks for nothing.
 *
 * @throws Problem `rate_limited` or `busy`, as `RateLimiter` does
 */
export type CountChange = (
  request: { readonly actor: Actor },
  reply: { headers(values: Readonly<Record<string, string>>): unknown },
) => Promise<void>

/** What routes that change a registry need. */
export interface RegistryRouteDependencies extends RegistryDependencies {
  readonly countChange: CountChange
}

export function limitChanges(limiter: RateLimiter, perPerson: number): CountChange {
  // Each costs far more than to be counted, so none is let through uncounted.
  const limit: RateLimit = { name: 'registry-changes', quota: perPerson, inOne: 1 }
  return async ({ actor }, reply) => {
    reply.headers(await limiter.take(limit, actor.id))
  }
}
