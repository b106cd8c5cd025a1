import { instant } from '../database/clock.ts'
import { type SettlingDependencies, settleAgain } from './claim-and-settle.ts'
import { blamesIncident, quarantine } from './quarantine.ts'

/** Each is a transaction of its own, and the deadlines of everybody else come first. */
const retriesMax = 20

/**
 * Tries those quarantined incidents again whose pause is over, each alone, and releases what is settled, by this or by
 * anybody else.
 *
 * @returns detection − due of each deadline that was breached, in milliseconds
 */
export async function retryQuarantined(dependencies: SettlingDependencies): Promise<number[]> {
  const { db, readClock } = dependencies
  const { now, clockFault } = await readClock(db)
  if (clockFault) return []
  const due = await db
    .selectFrom('quarantined_incidents')
    .select('incident_id')
    .where('retry_at', '<=', instant(now))
    .orderBy('retry_at')
    .limit(retriesMax)
    .execute()
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
