import { sql } from 'kysely'
import { executePrepared } from '../database/prepared-statements.ts'
import type { Instant } from '../domain/instant.ts'
import { type SettlingDependencies, settleAgain } from './claim-and-settle.ts'
import { blamesIncident, quarantine } from './quarantine.ts'

/** Each is a transaction of its own, and the deadlines of everybody else come first. */
const retriesMax = 20

const nextRetriesSql = sql<{ incident_id: string; retry_at: Instant }>`
  select incident_id, retry_at from quarantined_incidents order by retry_at limit ${sql.lit(retriesMax)}`

/**
 * Tries those quarantined incidents again whose pause is over, each alone, and releases what is settled, by this or by
 * anybody else.
 *
 * @returns detection − due of each deadline that was breached, in milliseconds
 */
export async function retryQuarantined(dependencies: SettlingDependencies): Promise<number[]> {
  const { db, readClock } = dependencies
  const { rows } = await executePrepared(db, nextRetriesSql)
  if (rows.length === 0) return []
  const { now, clockFault } = await readClock(db)
  if (clockFault) return []
  const due = rows.filter((row) => row.retry_at <= now)
  const lagsMs: number[] = []
  for (const { incident_id: id } of due) {
    try {
      const settled = await settleAgain(dependencies, [id], async (trx, locked) => {
        // What somebody else holds just now waits for the next round.
        if (locked.length > 0)
          await trx.deleteFrom('quarantined_incidents').where('incident_id', '=', id).execute()
      })
      lagsMs.push(...settled)
    } catch (error) {
      if (!blamesIncident(error)) throw error
      await quarantine(dependencies, id, error)
    }
  }
  return lagsMs
}
