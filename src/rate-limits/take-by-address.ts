import { networkOf, siteOf } from './network-of.ts'
import type { RateLimit, RateLimiter } from './rate-limiter.ts'

/**
 * As much as so many networks may ask for comes from one site: 65,536 of them are to be had for nothing, and each would have a
 * quota of its own. Behind a site of a mobile network are many people, more than behind one IPv4 address.
 */
const networksPerSite = 16

/**
 * Counts a request of somebody who is not logged in, by the address that it came from.
 *
 * @returns and throws what `take` does
 */
export async function takeByAddress(
  limiter: RateLimiter,
  limit: RateLimit,
  address: string,
): Promise<Readonly<Record<string, string>>> {
  const headers = await limiter.take(limit, networkOf(address))
  const site = siteOf(address)
  // Only what its own network may still ask for counts against its neighbours.
  if (site !== undefined)
    await limiter.take(
      { ...limit, name: `${limit.name}-of-site`, quota: limit.quota * networksPerSite },
      site,
    )
  return headers
}
