import { type Kysely, sql } from 'kysely'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'

/** An incident as it stands: what listeners are told of it, and what decides who may be told. */
export interface HeardIncident {
  readonly id: string
  readonly number: string
  readonly state: IncidentState
  readonly revision: number
  /** When the next of its clocks runs out that run. */
  readonly nextDueAt: Instant | null
  /** Its area and all above, in the tree as it stands. */
  readonly areaPath: readonly string[]
  /** The units that it was ever given to. */
  readonly unitCodes: readonly string[]
}

/** The facts of some incidents, by id, in one statement. */
export async function readHeardIncidents(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<Map<string, HeardIncident>> {
  if (ids.length === 0) return new Map()
  const { rows } = await executePrepared(
    db,
    sql<HeardIncident>`
      select incidents.id, number, state, revision, areas.path as "areaPath",
        (select min(due_at) from deadlines where incident_id = incidents.id and state = 'running') as "nextDueAt",
        array(select assignee_code from assignments
          where incident_id = incidents.id and assignee_kind = 'unit') as "unitCodes"
      from incidents join areas on areas.code = area_code
      where incidents.id = any(${ids}::uuid[])`,
  )
  return new Map(rows.map((facts) => [facts.id, facts]))
}

/** Whoever may see an incident, under the name of their scope: what `inScope` says in SQL, for many readers at once. */
export function scopesOf({ areaPath, unitCodes }: Pick<HeardIncident, 'areaPath' | 'unitCodes'>): string[] {
  return [...areaPath.map((code) => `area ${code}`), ...unitCodes.map((code) => `unit ${code}`)]
}

/** The name of an actor's scope; nothing for whoever sees no incident. */
export function scopeName({ role, areaCode, unitCode }: Actor): string | undefined {
  if (unitCode !== undefined) return `unit ${unitCode}`
  return areaCode === undefined || role === 'resident' ? undefined : `area ${areaCode}`
}
