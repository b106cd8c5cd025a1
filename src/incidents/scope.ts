import { type RawBuilder, sql } from 'kysely'
import type { Actor } from '../domain/actor.ts'

/** What an actor's sight comes from: a unit or the subtree of an area. Without either they see no incident. */
interface Scope {
  readonly areaCode: string | null
  readonly unitCode: string | null
}

/** A resident has no incidents, only reports. */
export function scopeOf({ role, areaCode, unitCode }: Actor): Scope {
  if (unitCode !== undefined) return { areaCode: null, unitCode }
  return { areaCode: role === 'resident' ? null : (areaCode ?? null), unitCode: null }
}

/**
 * The condition under which an actor may see an incident, for queries that call the incidents table `incidents`: its
 * area lies in the subtree of the actor's area, or it was given to the actor's unit. Always part of the query itself,
 * so what is foreign does not exist (404).
 */
export function inScope(actor: Actor): RawBuilder<boolean> {
  const { areaCode, unitCode } = scopeOf(actor)
  if (unitCode !== null) return givenTo(sql`${unitCode}`)
  return areaCode === null ? sql<boolean>`false` : withinArea(areaCode)
}

/** The same for a query about incidents of several actors, whose scopes are columns of it. */
export function inScopeOf(columns: {
  readonly areaCode: RawBuilder<unknown>
  readonly unitCode: RawBuilder<unknown>
}): RawBuilder<boolean> {
  return sql<boolean>`(${givenTo(columns.unitCode)} or exists (
    select from areas where areas.code = incidents.area_code and areas.path @> array[${columns.areaCode}]))`
}

/** The incident's area lies in the subtree of an area, in the tree as it stands. */
export function withinArea(areaCode: string): RawBuilder<boolean> {
  return sql<boolean>`incidents.area_code in (select code from areas where path @> array[${areaCode}]::text[])`
}

function givenTo(unitCode: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from assignments where assignments.incident_id = incidents.id and assignments.unit_code = ${unitCode})`
}
