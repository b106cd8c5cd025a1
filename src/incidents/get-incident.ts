import type { Kysely } from 'kysely'
import { z } from 'zod'
import { readRegistryHeads } from '../audit/registry-heads.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { contactReaders } from '../domain/permissions.ts'
import { instantOut } from '../http/instant-schema.ts'
import { incidentView, readNames, viewIncident } from './incident-view.ts'
import { loadIncidents } from './load-incidents.ts'
import { positionField } from './request-fields.ts'
import { inScope } from './scope.ts'

const reportView = z
  .object({
    id: z.uuid(),
    description: z.string(),
    address: z.string().nullable(),
    position: positionField.nullable(),
    occurredAt: instantOut.nullable(),
    receivedAt: instantOut,
    reporterRole: z.string(),
    contact: z
      .object({ name: z.string().nullable(), phone: z.string().nullable() })
      .nullable()
      .meta({ description: 'For those who must answer the reporter; null for everyone else' }),
  })
  .meta({ id: 'Report', description: 'What one person sent in (线索)' })

export const incidentDetail = incidentView
  .extend({ reports: z.array(reportView) })
  .meta({ id: 'IncidentDetail', description: 'An incident and what was reported' })

/** An incident that the actor may see, with what was reported; nothing where it is foreign or does not exist. */
export async function getIncident(
  db: Kysely<Database>,
  incidentId: string,
  actor: Actor,
): Promise<z.input<typeof incidentDetail> | undefined> {
  return inSnapshot(db, async (trx) => {
    const visible = await trx
      .selectFrom('incidents')
      .select('id')
      .where('id', '=', incidentId)
      .where(inScope(actor))
      .executeTakeFirst()
    const [stored] = visible === undefined ? [] : await loadIncidents(trx, [visible.id])
    if (stored === undefined) return undefined
    const reports = await trx
      .selectFrom('reports')
      .leftJoin('report_contacts', 'report_contacts.report_id', 'reports.id')
      .select(['id', 'description', 'address', 'latitude', 'longitude', 'occurred_at', 'received_at'])
      .select(['reporter_role', 'report_contacts.report_id as contact_of', 'name', 'phone'])
      .where('incident_id', '=', incidentId)
      .orderBy('id')
      .execute()
    const nameOf = await readNames(trx, await readRegistryHeads(trx), [stored.incident])
    const seesContact = contactReaders.some((role) => role === actor.role)
    return {
      ...viewIncident(stored.incident, nameOf),
      reports: reports.map((row) => ({
        id: row.id,
        description: row.description,
        address: row.address,
        position:
          row.latitude === null || row.longitude === null
            ? null
            : { latitude: row.latitude, longitude: row.longitude },
        occurredAt: row.occurred_at,
        receivedAt: row.received_at,
        reporterRole: row.reporter_role,
        contact: seesContact && row.contact_of !== null ? { name: row.name, phone: row.phone } : null,
      })),
    }
  })
}
