import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import type { Policy } from '../domain/policy.ts'

/**
 * Until when the reporter is asked whether it worked (问效于民); null where they are not, or have said so already.
 *
 * @param isAsked whether it is them who are asked, and the report was not rated since the case was taken up last
 */
export function askedUntil(
  { state, endedAt }: { readonly state: IncidentState; readonly endedAt: Instant | null },
  { ratingTimeMs }: Pick<Policy, 'ratingTimeMs'>,
  isAsked: boolean,
  now: Instant,
): Instant | null {
  if (!isAsked || endedAt === null || (state !== 'resolved' && state !== 'closed')) return null
  const until = endedAt + ratingTimeMs
  return now <= until ? until : null
}
