import type { Kysely } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { loadIncidents } from '../../src/incidents/load-incidents.ts'
import { readEvents } from '../../src/incidents/read-events.ts'
import { faultsOf } from '../domain/incident-faults.ts'

/** Longer than any case that a test plays. */
const eventsMax = 1_000

/**
 * What is wrong with the incidents as they are stored, in words: each is rebuilt from its events and compared with its
 * rows. Empty for a sound database.
 *
 * @param now the instant up to which everything has been settled
 */
export async function storedFaults(db: Kysely<Database>, now: Instant): Promise<string[]> {
  const ids = (await db.selectFrom('incidents').select('id').orderBy('id').execute()).map(({ id }) => id)
  if (ids.length === 0) return ['there are no incidents to look at']
  const stored = await db.transaction().execute((trx) => loadIncidents(trx, ids))
  const breaches = await db.selectFrom('breaches').select(['incident_id', 'deadline_no', 'seq']).execute()
  const faults: string[] = []
  for (const { incident } of stored) {
    const events = await readEvents(db, incident.id, { afterSeq: 0, limit: eventsMax })
    faults.push(
      ...faultsOf(
        incident,
        events.map(({ event }) => event),
        now,
      ).map((fault) => `${incident.id}: ${fault}`),
    )
    const rows = breaches.filter((row) => row.incident_id === incident.id)
    const breached = incident.deadlines.filter(({ state }) => state === 'breached')
    const agree =
      rows.length === breached.length &&
      breached.every(({ no, settledSeq }) =>
        rows.some((row) => row.deadline_no === no && row.seq === settledSeq),
      )
    if (!agree)
      faults.push(`${incident.id}: ${rows.length} breach rows for ${breached.length} breached deadlines`)
  }
  return faults
}
