import { type Kysely, sql, type Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { findKnownCategories } from '../categories/find-categories.ts'
import { instant, type ReadClock } from '../database/clock.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import { codesOf } from '../domain/area.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import { choosePolicy } from '../domain/policy.ts'
import { listKnownPolicies } from '../policies/find-policies.ts'
import { type Duplicate, findDuplicates } from './find-duplicates.ts'

/** What somebody is about to report, or has reported. */
export interface ReportedThing {
  readonly categoryCode: string
  readonly areaCode: string | undefined
  readonly address: string | null
  readonly position: { readonly latitude: number; readonly longitude: number } | null
}

/** What everybody may know of a case of others: nothing that names it, says who reported it, or tells exactly where it is. */
export interface PublicDuplicate {
  readonly categoryCode: string
  readonly state: IncidentState
  /** Rounded up; null where it was found by its address. */
  readonly withinM: number | null
  /** Rounded down. */
  readonly minutesAgo: number
}

/** As many as help somebody to decide. */
const shownMax = 5
/** Distances from several points would otherwise tell where others live. */
const distanceStepM = 50
const minuteMs = 60_000

/**
 * Cases of others that may be of the same thing as what somebody reports. How near is near says the policy that the report
 * gets or would get; nothing is found where the category or a policy for it does not exist.
 *
 * @param ownIncidentId the case that the report has opened already
 */
export async function findPublicDuplicates(
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  thing: ReportedThing,
  ownIncidentId?: string,
): Promise<PublicDuplicate[]> {
  return inSnapshot(db, async (trx) => {
    const { now } = await readClock(trx)
    const limits = await limitsFor(trx, thing)
    if (limits === undefined) return []
    const notOwn =
      ownIncidentId === undefined ? sql<boolean>`true` : sql<boolean>`near.incident_id <> ${ownIncidentId}`
    const found = await findDuplicates(trx, { ...thing, ...limits, receivedAt: instant(now) }, notOwn)
    return found.slice(0, shownMax).map((row) => publicly(row, now))
  })
}

function publicly(row: Duplicate, now: number): PublicDuplicate {
  return {
    categoryCode: row.category_code,
    state: row.state,
    withinM:
      row.distance === null
        ? null
        : Math.max(distanceStepM, Math.ceil(row.distance / distanceStepM) * distanceStepM),
    minutesAgo: Math.max(0, Math.floor((now - row.received_at) / minuteMs)),
  }
}

async function limitsFor(trx: Transaction<Database>, { categoryCode, areaCode }: ReportedThing) {
  const heads = await readRegistryHeads(trx)
  const category = (await findKnownCategories(trx, heads, [categoryCode])).get(categoryCode)
  if (category === undefined) return undefined
  const place =
    areaCode === undefined ? undefined : (await findKnownPlaces(trx, heads, [areaCode])).get(areaCode)
  const policy = choosePolicy(await listKnownPolicies(trx, heads), {
    areaCodes: place === undefined ? [] : codesOf(place),
    categoryCodes: category.path,
    severity: category.severity,
  })
  const [rootCategory = categoryCode] = category.path
  if (policy === undefined) return undefined
  return { rootCategory, radiusM: policy.duplicateRadiusM, timeMs: policy.duplicateTimeMs }
}
