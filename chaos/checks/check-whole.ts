import type { Kysely } from 'kysely'
import { readDatabaseClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'

/**
 * What `whistle doctor` and `whistle audit verify` find wrong with a database: nothing, where it is sound.
 *
 * @param except invariants of the doctor that cannot hold where not every program runs
 */
export async function checkWhole(db: Kysely<Database>, except: readonly string[] = []): Promise<unknown[]> {
  const diagnosis = await runDoctor({ db, readClock: readDatabaseClock })
  const verification = await verifyAuditTrail({ db })
  return [
    ...diagnosis.checks.filter(({ ok, name }) => !ok && !except.includes(name)),
    ...diagnosis.settings.filter((check) => !check.ok),
    ...(verification.outcome === 'sound' ? [] : [verification]),
  ]
}
