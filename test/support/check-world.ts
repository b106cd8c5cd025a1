import { sql } from 'kysely'
import type { Test } from 'tap'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import type { World } from './world.ts'

/** Every invariant of a world holds, and its audit trail is sound. No relay runs here, so its notices count as delivered. */
export async function checkWorld(
  t: Test,
  { db, clock, owner }: Pick<World, 'db' | 'clock' | 'owner'>,
): Promise<void> {
  await sql`update outbox set offer_at = null, delivered_at = created_at`.execute(db)
  const { checks } = await runDoctor({ db, readClock: clock.read })
  t.same(
    checks.filter(({ ok }) => !ok),
    [],
    'every invariant holds',
  )
  t.match(await verifyAuditTrail({ db: owner.db }), { outcome: 'sound', faults: [] }, 'the trail is sound')
}
