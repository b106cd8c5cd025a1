import { sql } from 'kysely'
import { type Diagnosis, runDoctor } from '../../src/doctor/run-doctor.ts'
import type { World } from '../support/world.ts'

/** Every invariant and setting of a world, by its own clock. */
export function diagnose({ db, clock }: World): Promise<Diagnosis> {
  return runDoctor({ db, readClock: clock.read })
}

/** Takes every notice as delivered: no relay runs in these worlds. */
export async function deliverNotices({ db }: World): Promise<void> {
  await sql`update outbox set offer_at = null, delivered_at = created_at, attempts = 1`.execute(db)
}

/** The names of the invariants that do not hold, with the reason of those that could not be checked. */
export function brokenIn({ checks }: Diagnosis): string[] {
  return checks
    .filter(({ ok }) => !ok)
    .map(({ name, error }) => (error === null ? name : `${name}: ${error}`))
}
