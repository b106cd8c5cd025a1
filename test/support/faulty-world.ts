import { sql } from 'kysely'
import type { Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { type AcceptanceReason, acceptClock } from '../../src/clock/accept-clock.ts'
import type { ClockGuard } from '../../src/clock/clock-guard.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createGuardedClock, type GuardedClock } from './guarded-clock.ts'
import { createWorld, type World } from './world.ts'
import { worldActors } from './world-actors.ts'

/** A world whose database's clock may jump. */
export interface FaultyWorld extends World {
  readonly guarded: GuardedClock
  readonly readClock: ReadClock
  /** The process that has watched from the beginning looks at the clock, and writes down by what is decided. */
  readonly bearWitness: ClockGuard['bearWitness']
  accept(reason?: AcceptanceReason): Promise<unknown>
  deadlines(
    incidentId: string,
  ): Promise<{ no: number; promise: string; rung: string; state: string; due: number }[]>
  /** Nothing is wrong but what waits for people. */
  check(t: Test, name: string): Promise<void>
}

/** A world whose database's clock may jump, while `clock` is true time. */
export async function createFaultyWorld(t: Test): Promise<FaultyWorld> {
  const made: ({ guarded: GuardedClock } & ClockGuard)[] = []
  const world = await createWorld(t, (db, clock) => {
    const guarded = createGuardedClock(db, clock)
    const guard = guarded.startGuard()
    made.push({ guarded, ...guard })
    return guard.readClock
  })
  const [own] = made
  if (own === undefined) throw new Error('A world has a clock')
  const { db } = world
  await own.readClock(db)
  return {
    ...world,
    ...own,
    accept: (reason = 'was_wrong_before') =>
      acceptClock(
        { db, readClock: own.readClock },
        {
          actor: worldActors.administrator,
          request: { principal: 'administrator-1', key: uuidv7(), fingerprint: Buffer.alloc(32) },
          reason,
          ifMatch: undefined,
        },
      ),
    async deadlines(incidentId) {
      const rows = await db
        .selectFrom('deadlines')
        .selectAll()
        .where('incident_id', '=', incidentId)
        .orderBy('no')
        .execute()
      return rows.map(({ no, promise, rung, state, due_at: due }) => ({ no, promise, rung, state, due }))
    },
    async check(t, name) {
      // No relay runs here.
      await sql`update outbox set offer_at = null, delivered_at = created_at`.execute(db)
      const { checks } = await runDoctor({ db, readClock: own.readClock })
      t.same(
        checks.filter(({ ok }) => !ok),
        [],
        `${name}: every invariant holds`,
      )
      t.match(
        await verifyAuditTrail({ db: world.owner.db }),
        { outcome: 'sound', faults: [] },
        `${name}: the trail is sound`,
      )
    },
  }
}
