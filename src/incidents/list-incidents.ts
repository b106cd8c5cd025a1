import { type Kysely, sql } from 'kysely'
import { liesWithin } from '../areas/lies-within.ts'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { uuidArray } from '../database/array-parameters.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import type { IncidentState } from '../domain/incident-state.ts'
import { type FoundCases, findCases } from '../search/find-cases.ts'
import { type IncidentView, readNames, viewIncident } from './incident-view.ts'
import { loadIncidents } from './load-incidents.ts'
import { inScope } from './scope.ts'

export interface IncidentFilter {
  readonly limit: number
  /** The last id of the page before. */
  readonly before: string | undefined
  readonly areaCode: string | undefined
  readonly state: IncidentState | undefined
  /** Folded terms that must all occur in its texts. */
  readonly terms?: readonly string[] | undefined
}

/**
 * A page of the incidents that an actor may see, the newest first (ids are in the order of their making). Chooses ids by
 * one query and reads everything else of the page in a constant number of statements.
 */
export async function listIncidents(
  db: Kysely<Database>,
  actor: Actor,
  filter: IncidentFilter,
): Promise<{ items: IncidentView[]; next: { id: string } | undefined }> {
  const { limit, terms } = filter
  return inSnapshot(db, async (trx) => {
    const found = terms === undefined ? undefined : await findCases(trx, terms, undefined)
    const ids = (await incidentPageQuery(trx, actor, filter, found).execute()).map((row) => row.id)
    const page = ids.slice(0, limit)
    if (page.length === 0) return { items: [], next: undefined }
    const incidents = (await loadIncidents(trx, page)).map(({ incident }) => incident)
    const nameOf = await readNames(trx, await readRegistryHeads(trx), incidents)
    const last = page.at(-1)
    return {
      items: incidents.map((incident) => viewIncident(incident, nameOf)),
      next: ids.length > limit && last !== undefined ? { id: last } : undefined,
    }
  })
}

/**
 * The ids of a page, and one more where there is a further page.
 *
 * A state is asked for as a range of one and stands first in the order. Where Postgres knows it to be one and the same, it may
 * walk through all cases from the newest on until it has met enough in that state; but what is closed is old, and it would
 * pass over everything that is open. The index of states has them in this order.
 */
export function incidentPageQuery(
  db: Kysely<Database>,
  actor: Actor,
  { limit, before, areaCode, state }: IncidentFilter,
  found?: FoundCases,
) {
  let query = db
    .selectFrom('incidents')
    .select('id')
    .where(inScope(actor))
    .limit(limit + 1)
  if (before !== undefined) query = query.where('id', '<', before)
  if (areaCode !== undefined) query = query.where(liesWithin('incidents.area_code', areaCode))
  if (found !== undefined)
    query =
      'ids' in found
        ? query.where('id', '=', sql<string>`any(${uuidArray(found.ids)})`)
        : query.where(found.occurs(sql.ref('incidents.id')))
  if (state !== undefined)
    query = query.where('state', '>=', state).where('state', '<=', state).orderBy('state')
  return query.orderBy('id', 'desc')
}
