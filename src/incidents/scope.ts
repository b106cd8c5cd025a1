import { type RawBuilder, sql } from 'kysely'
import { liesWithin } from '../areas/lies-within.ts'
import type { Actor } from '../domain/actor.ts'

/**
 * The condition under which an actor may see an incident, for queries that call the incidents table `incidents`: its
 * area lies in the subtree of the actor's area, or it was given to the actor's unit. Always part of the query itself,
 * so what is foreign does not exist (404). A resident has no incidents, only reports.
 */
export function inScope(actor: Actor): RawBuilder<boolean> {
  if (actor.unitCode !== undefined) {
    return sql<boolean>`exists (
      select from assignments where assignments.incident_id = incidents.id and assignments.assignee_kind = 'unit'
        and assignments.assignee_code = ${actor.unitCode})`
  }
  if (actor.areaCode === undefined || actor.role === 'resident') return sql<boolean>`false`
  return liesWithin('incidents.area_code', actor.areaCode)
}
