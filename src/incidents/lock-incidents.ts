import { type RawBuilder, sql, type Transaction } from 'kysely'
import { textArray, uuidArray } from '../database/array-parameters.ts'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { inScopeOf, scopeOf } from './scope.ts'

/** An incident that somebody wants to change. */
interface Wanted {
  readonly incidentId: string
  readonly actor: Actor
}

/**
 * Locks incidents, each within its actor's scope and all in the order of their ids, and returns the areas of those that it
 * got, by id.
 *
 * Whoever locks several does not wait: an incident that somebody else holds is passed over, and so is one that is quarantined,
 * because what cannot be settled would fail the transaction of all. So no two transactions can wait for each other here.
 */
export async function lockIncidents(
  trx: Transaction<Database>,
  wanted: readonly Wanted[],
  { wait }: { readonly wait: boolean },
): Promise<Map<string, string>> {
  const free = sql`and incidents.id not in (select incident_id from quarantined_incidents)`
  const { rows } = await executePrepared(
    trx,
    sql<{ id: string; areaCode: string }>`
    select incidents.id, incidents.area_code as "areaCode" ${within(wanted)} ${wait ? sql`` : free}
    order by incidents.id
    for no key update of incidents ${wait ? sql`` : sql`skip locked`}`,
  )
  return new Map(rows.map(({ id, areaCode }) => [id, areaCode]))
}

/** Which of these incidents are there for their actors, without a lock. */
export async function findWanted(
  trx: Transaction<Database>,
  wanted: readonly Wanted[],
): Promise<Set<string>> {
  if (wanted.length === 0) return new Set()
  const { rows } = await executePrepared(trx, sql<{ id: string }>`select incidents.id ${within(wanted)}`)
  return new Set(rows.map(({ id }) => id))
}

function within(wanted: readonly Wanted[]): RawBuilder<unknown> {
  const scopes = wanted.map(({ actor }) => scopeOf(actor))
  return sql`
    from unnest(
      ${uuidArray(wanted.map(({ incidentId }) => incidentId))},
      ${textArray(scopes.map(({ areaCode }) => areaCode))},
      ${textArray(scopes.map(({ unitCode }) => unitCode))}
    ) as wanted (id, area_code, unit_code)
    join incidents on incidents.id = wanted.id
    where ${inScopeOf({ areaCode: sql`wanted.area_code`, unitCode: sql`wanted.unit_code` })}`
}
