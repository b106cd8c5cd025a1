import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
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
import { coarsePosition } from './near-cases.ts'

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
  /** About, rounded up; null where it was found by its address. */
  readonly withinM: number | null
  /** Rounded down. */
  readonly minutesAgo: number
}

/** As many as help somebody to decide. */
const shownMax = 5
/** No finer than the position that it goes by (near-cases.ts). */
const distanceStepM = 50
const minuteMs = 60_000

/**
 * Whoever asked not to be known may fear whom they live with, who would only have to ask for the address to learn that somebody has
 * reported, and when.
 */
const isNobodysSecret = sql<boolean>`not exists (
  select from reports join anonymous_reporters on anonymous_reporters.report_id = reports.id
  where reports.incident_id = near.incident_id)`

/**
 * Cases of others that may be of the same thing as what somebody reports, but for those that were reported anonymously. How near is
 * near says the policy that the report gets or would get; nothing is found where the category or a policy for it does not exist.
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
    const found = await findDuplicates(
      trx,
      { ...thing, ...limits, receivedAt: instant(now) },
      sql<boolean>`${notOwn} and ${isNobodysSecret}`,
      coarsePosition,
    )
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

/**
 * The same for a report that was sent in; nothing where it is not the caller's.
 *
 * @param isOwn under which condition it is (src/reporters/own-reports.ts)
 */
export async function findReportedNear(
  dependencies: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  reportId: string,
  isOwn: RawBuilder<boolean>,
): Promise<PublicDuplicate[] | undefined> {
  const report = await dependencies.db
    .selectFrom('reports')
    .select(['incident_id', 'category_code', 'area_code', 'address', 'latitude', 'longitude'])
    .where('id', '=', reportId)
    .where(isOwn)
    .executeTakeFirst()
  if (report === undefined) return undefined
  const { latitude, longitude } = report
  const thing = {
    categoryCode: report.category_code,
    areaCode: report.area_code,
    address: report.address,
    position: latitude === null || longitude === null ? null : { latitude, longitude },
  }
  return findPublicDuplicates(dependencies, thing, report.incident_id)
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
