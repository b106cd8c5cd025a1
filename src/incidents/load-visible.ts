import type { Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { loadIncidents, type StoredIncident } from './load-incidents.ts'
import { inScope } from './scope.ts'

/** A whole incident that the actor may see; nothing where it is foreign or does not exist. */
export async function loadVisible(
  trx: Transaction<Database>,
  incidentId: string,
  actor: Actor,
): Promise<StoredIncident | undefined> {
  const visible = await trx
    .selectFrom('incidents')
    .select('id')
    .where('id', '=', incidentId)
    .where(inScope(actor))
    .executeTakeFirst()
  const [stored] = visible === undefined ? [] : await loadIncidents(trx, [visible.id])
  return stored
}
