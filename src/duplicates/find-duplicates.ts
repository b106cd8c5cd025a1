import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import { findKnownPlaces } from '../areas/find-places.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { joinFirstReport } from '../incidents/first-report.ts'
import { inScope } from '../incidents/scope.ts'
import { foldText } from '../search/fold-text.ts'
import {
  distanceM,
  isNear,
  isRelated,
  type NearPosition,
  nearPosition,
  type Whereabouts,
} from './near-cases.ts'

/** More than anybody looks through. */
const duplicatesMax = 50
/** Of one area, category and time; those with the same address are looked for among them. */
const sameAreaMax = 500

/** What may be the same thing as something else: a case that is open. */
export interface Duplicate {
  readonly id: string
  readonly number: string
  readonly state: IncidentState
  readonly area_code: string
  readonly category_code: string
  readonly received_at: Instant
  /** In metres; null where it was found by its address. */
  readonly distance: number | null
  readonly address: string | null
  readonly excerpt: string | null
}

/** Where something lies or is said to lie, its category, when it was received, and how near is near. */
export interface Sought {
  readonly position: { readonly latitude: number; readonly longitude: number } | null
  readonly areaCode: string | undefined
  readonly address: string | null
  readonly rootCategory: string
  readonly receivedAt: RawBuilder<unknown>
  readonly radiusM: number
  readonly timeMs: number
}

/**
 * Open cases that may be of the same thing (并案建议): of a related category, received within the policy's time, and nearby, or
 * in the same area at the same address. The nearest come first.
 *
 * @param allowed what more must hold of a row `near` of the board
 * @param taken where such a row is taken to be
 */
export async function findDuplicates(
  trx: Transaction<Database>,
  sought: Sought,
  allowed: RawBuilder<boolean>,
  taken: NearPosition = nearPosition,
): Promise<Duplicate[]> {
  const { position, areaCode, address } = sought
  const by = {
    receivedAt: sought.receivedAt,
    rootCategory: sql`${sought.rootCategory}`,
    timeMs: sql`${sought.timeMs}::bigint`,
  }
  const nearby =
    position === null
      ? []
      : await nearDuplicates(
          trx,
          { ...by, ...degrees(position), radiusM: sql`${sought.radiusM}::integer` },
          allowed,
          taken,
        )
  if (areaCode === undefined || address === null) return nearby
  const folded = foldText(address)
  const { rows } = await duplicatesSql(
    sql`null::float8`,
    sql<boolean>`near.area_code = ${areaCode} and ${isRelated(by)} and ${allowed}`,
    sameAreaMax,
  ).execute(trx)
  const there = rows.filter(
    (row) =>
      row.address !== null && foldText(row.address) === folded && !nearby.some(({ id }) => id === row.id),
  )
  return [...nearby, ...there].slice(0, duplicatesMax)
}

function degrees({ latitude, longitude }: NonNullable<Sought['position']>) {
  return { latitude: sql`${latitude}::float8`, longitude: sql`${longitude}::float8` }
}

async function nearDuplicates(
  trx: Transaction<Database>,
  whereabouts: Whereabouts,
  allowed: RawBuilder<boolean>,
  taken: NearPosition,
): Promise<Duplicate[]> {
  const distance = distanceM(taken, [whereabouts.latitude, whereabouts.longitude])
  const { rows } = await duplicatesSql(
    distance,
    sql<boolean>`${isNear(whereabouts, taken)} and ${allowed}`,
    duplicatesMax,
  ).execute(trx)
  return rows
}

function duplicatesSql(distance: RawBuilder<unknown>, where: RawBuilder<boolean>, limit: number) {
  return sql<Duplicate>`
    select near.incident_id as id, incidents.number, near.state, near.area_code, near.category_code, near.received_at,
      ${distance} as distance, r.address, r.excerpt
    from board_cases near
    join incidents on incidents.id = near.incident_id
    ${joinFirstReport('near.incident_id')}
    where ${where}
    order by distance, near.received_at desc, id desc
    limit ${sql.lit(limit)}`
}

/** What a dispatcher reads of a case that may be of the same thing. */
export interface CaseDuplicate extends Duplicate {
  readonly areaName: string
  /** How much later it was received than the case in question; negative where it was earlier. */
  readonly laterMs: number
}

/** Cases that may be of the same thing as one that the actor may see, as far as they may see those too. */
export async function findDuplicatesOf(
  db: Kysely<Database>,
  incidentId: string,
  actor: Actor,
): Promise<CaseDuplicate[] | undefined> {
  return inSnapshot(db, async (trx) => {
    const { rows } = await sql<{
      district_code: string
      area_code: string
      received_at: Instant
      latitude: number | null
      longitude: number | null
      root: string
      radius: number
      time_ms: number
      address: string | null
    }>`
      select incidents.district_code, incidents.area_code, incidents.received_at, incidents.latitude, incidents.longitude,
        k.path[1] as root, p.duplicate_radius_m as radius, p.duplicate_time_ms as time_ms, r.address
      from incidents
      join categories k on k.code = incidents.category_code
      join policies p on p.id = incidents.policy_id
      ${joinFirstReport('incidents.id')}
      where incidents.id = ${incidentId} and ${inScope(actor)}`.execute(trx)
    const [own] = rows
    if (own === undefined) return undefined
    const { latitude, longitude } = own
    const found = await findDuplicates(
      trx,
      {
        position: latitude === null || longitude === null ? null : { latitude, longitude },
        areaCode: own.area_code,
        address: own.address,
        rootCategory: own.root,
        receivedAt: sql`${new Date(own.received_at).toISOString()}::timestamptz`,
        radiusM: own.radius,
        timeMs: own.time_ms,
      },
      sql<boolean>`near.incident_id <> ${incidentId} and near.district_code = ${own.district_code} and ${inScope(actor)}`,
    )
    const codes = [...new Set(found.map((row) => row.area_code))]
    const areas = await findKnownPlaces(trx, await readRegistryHeads(trx), codes)
    return found.map((row) => ({
      ...row,
      areaName: areas.get(row.area_code)?.name ?? row.area_code,
      laterMs: row.received_at - own.received_at,
    }))
  })
}
