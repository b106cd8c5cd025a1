import { createHash } from 'node:crypto'
import { z } from 'zod'
import { readDatabaseClock, soundReading } from '../../src/database/clock.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { newReportIds, type ReportSubmission } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'
import { worldCategory } from '../support/seed-world.ts'
import type { World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const received = z.looseObject({ incidentId: z.string() })

/**
 * Opens incidents whose report promises fall due one shortly after the other. Their reports are received by a clock that is
 * set back, so that each is due when it shall be; everything afterwards happens by the database's own clock.
 */
export async function openRacers(
  { db }: World,
  options: {
    readonly count: number
    /** The limit of the report promise. */
    readonly limitMs: number
    readonly firstInMs: number
    readonly pauseMs: number
  },
): Promise<{ incidentId: string; dueAt: Instant }[]> {
  const { now } = await readDatabaseClock(db)
  return Promise.all(
    Array.from({ length: options.count }, async (_, index) => {
      const dueAt = now + options.firstInMs + index * options.pauseMs
      const clock = async () => soundReading(dueAt - options.limitMs)
      const [outcome] = await inTransaction(db, (trx) => submitReports(trx, clock, [newReport()]))
      if (outcome === undefined || 'problem' in outcome) throw new Error('A report was refused')
      return { dueAt, incidentId: received.parse(JSON.parse(outcome.answer.body)).incidentId }
    }),
  )
}

function newReport(): ReportSubmission {
  const ids = newReportIds()
  const fingerprint = createHash('sha256').update(ids.reportId).digest()
  return {
    ...ids,
    request: { principal: worldActors.resident.id, key: ids.reportId, fingerprint },
    reporter: worldActors.resident,
    arrivedAt: performance.now(),
    categoryCode: worldCategory,
    areaCode: huangshi.grid,
    description: '楼下消防通道被私家车堵住，消防车进不来。',
    address: null,
    position: null,
    contact: null,
    occurredAt: null,
  }
}
