import type { Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { type RegistryHeads, readRegistryHeads } from '../audit/registry-heads.ts'
import { findKnownCategories } from '../categories/find-categories.ts'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Context } from '../domain/context.ts'
import { getPolicies } from '../policies/find-policies.ts'
import { loadIncidents, type StoredIncident } from './load-incidents.ts'

/** A locked incident, and everything outside of it that a decision about it depends on. */
export interface Case extends StoredIncident {
  readonly context: Context
}

export interface Cases {
  readonly cases: readonly Case[]
  /** `performance.now()` at the deciding instant. */
  readonly readAt: number
  /** How the registries stood after the lock. */
  readonly heads: RegistryHeads
}

/**
 * Reads the clock, and then the incidents that the caller has just locked, in the order of their ids. The clock comes right
 * after the lock, so that slow reading makes nobody late. The incidents are read in statements of their own: within the
 * locking one, a deadline that was settled between its snapshot and the lock would still show as running.
 */
export async function readCases(
  trx: Transaction<Database>,
  readClock: ReadClock,
  locked: readonly string[],
): Promise<Cases> {
  const [{ reading, readAt }, stored, heads] = await Promise.all([
    readClock(trx).then((reading) => ({ reading, readAt: performance.now() })),
    loadIncidents(trx, locked),
    readRegistryHeads(trx),
  ])
  const areaCodes = [...new Set(stored.map(({ incident }) => incident.areaCode))]
  const places = await findKnownPlaces(trx, heads, areaCodes)
  const categories = await findKnownCategories(trx, heads, [
    ...new Set(stored.map(({ incident }) => incident.categoryCode)),
  ])
  const policies = await getPolicies(trx, [...new Set(stored.map(({ incident }) => incident.policyId))])
  const cases = stored.map((each) => {
    const { id, areaCode, categoryCode, policyId, lastEventAt } = each.incident
    const place = places.get(areaCode)
    const policy = policies.get(policyId)
    const category = categories.get(categoryCode)
    if (place === undefined || policy === undefined || category === undefined)
      throw new Error(`${id} has no place, no policy or no category`)
    // Time never runs backwards within a stream, whatever the clock does.
    return {
      ...each,
      context: { ...reading, now: Math.max(reading.now, lastEventAt), place, policy, category },
    }
  })
  return { cases, readAt, heads }
}
