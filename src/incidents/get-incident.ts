import type { Kysely } from 'kysely'
import { z } from 'zod'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { incidentView, readNames, viewIncident } from './incident-view.ts'
import { loadVisible } from './load-visible.ts'
import { readReports, reportsShownMax, reportView } from './read-reports.ts'

export const incidentDetail = incidentView
  .extend({
    reports: z.array(reportView).meta({
      description: `The one that opened the case, then those of cases that are part of it; the first ${reportsShownMax} (GET /v1/incidents/{id}/reports has all)`,
    }),
    reportCount: z.int().meta({ description: 'How many there are' }),
  })
  .meta({ id: 'IncidentDetail', description: 'An incident and what was reported' })

/** An incident that the actor may see, with what was reported; nothing where it is foreign or does not exist. */
export async function getIncident(
  db: Kysely<Database>,
  incidentId: string,
  actor: Actor,
): Promise<z.input<typeof incidentDetail> | undefined> {
  return inSnapshot(db, async (trx) => {
    const stored = await loadVisible(trx, incidentId, actor)
    if (stored === undefined) return undefined
    const nameOf = await readNames(trx, await readRegistryHeads(trx), [stored.incident])
    const page = { reader: actor, after: undefined, limit: reportsShownMax }
    const { items: reports, count: reportCount } = await readReports(trx, incidentId, page)
    return { ...viewIncident(stored.incident, nameOf), reports, reportCount }
  })
}
