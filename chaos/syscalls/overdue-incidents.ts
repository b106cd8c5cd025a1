import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { instant, readDatabaseClock, soundReading } from '../../src/database/clock.ts'
import { inTransaction } from '../../src/database/in-transaction.ts'
import type { Database } from '../../src/database/schema.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { requestKeyOf } from '../../src/idempotency/request-key.ts'
import { newReportIds } from '../../src/incidents/report-submission.ts'
import { submitReports } from '../../src/incidents/submit-reports.ts'

const resident: Actor = { id: 'syscalls.resident', role: 'resident' }
const community = '420202007001'
/** Every promise of the seeded policy has run out by then, and none of those that climb from it. */
const ageMs = 9 * 60 * 60 * 1000

/** Opens cases that were reported nine hours ago, all promises of which are overdue. One transaction. */
export async function openOverdue(db: Kysely<Database>, count: number): Promise<void> {
  const { now } = await readDatabaseClock(db)
  const submissions = Array.from({ length: count }, () => {
    const key = uuidv7()
    return {
      ...newReportIds(),
      request: requestKeyOf({
        method: 'POST',
        url: '/v1/reports',
        actor: resident,
        headers: { 'idempotency-key': key },
        submittedBody: { key },
      }),
      reporter: resident,
      arrivedAt: performance.now(),
      categoryCode: 'water_leak',
      areaCode: community,
      description: `文化宫社区路口水管爆裂，水漫到马路上 ${key}`,
      address: null,
      position: null,
      contact: null,
      occurredAt: null,
    }
  })
  const outcomes = await inTransaction(db, (trx) =>
    submitReports(trx, async () => soundReading(now - ageMs), submissions),
  )
  if (outcomes.some((outcome) => 'problem' in outcome)) throw new Error('A report was refused')
}

/** Settles whatever is overdue, as the next worker would. */
export async function settleRest(db: Kysely<Database>): Promise<void> {
  for (;;) {
    const { claimed } = await claimAndSettle(
      {
        db,
        readClock: readDatabaseClock,
        onFailure: (_id, error) => {
          throw error
        },
      },
      500,
    )
    if (claimed === 0) return
  }
}

/**
 * Deadlines that were opened overdue and still run. In a long run those that have climbed from earlier ones fall due in any
 * moment, and nobody is late with them yet.
 */
export async function countOverdue(db: Kysely<Database>): Promise<number> {
  const { now } = await readDatabaseClock(db)
  const { count } = await db
    .selectFrom('deadlines')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'running')
    .where('started_at', '<', instant(now - ageMs / 2))
    .executeTakeFirstOrThrow()
  return count
}
