import fc from 'fast-check'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { type AcceptanceReason, acceptClock } from '../../src/clock/accept-clock.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createGuardedClock, type GuardedClock } from '../support/guarded-clock.ts'
import { createWorld, type World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'

t.setTimeout(240_000)

const minute = 60_000
const hour = 60 * minute

interface FaultyWorld extends World {
  readonly guarded: GuardedClock
  readonly readClock: ReadClock
  accept(reason?: AcceptanceReason): Promise<unknown>
  deadlines(
    incidentId: string,
  ): Promise<{ no: number; promise: string; rung: string; state: string; due: number }[]>
  /** Nothing is wrong but what waits for people. */
  check(t: Test, name: string): Promise<void>
}

/** A world whose database's clock may jump, while `clock` is true time. */
async function createFaultyWorld(t: Test): Promise<FaultyWorld> {
  const made: { guarded: GuardedClock; readClock: ReadClock }[] = []
  const world = await createWorld(t, (db, clock) => {
    const guarded = createGuardedClock(db, clock)
    const readClock = guarded.startProcess()
    made.push({ guarded, readClock })
    return readClock
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

const report = (rows: { promise: string; rung: string; state: string }[]) =>
  rows.filter(({ promise }) => promise === 'report').map(({ rung, state }) => `${rung} ${state}`)

t.test(
  'while the clock cannot be trusted nothing is breached, and what is kept counts as in time',
  async (t) => {
    const world = await createFaultyWorld(t)
    const [late, kept] = [await world.submit(), await world.submit()]
    world.guarded.jump(24 * hour)
    t.same(await world.settle(), [], 'a clock that is a day ahead breaches nothing')
    const during = await world.submit()
    world.clock.advance(11 * minute)
    t.same(await world.settle(), [], 'nor what is overdue by true time')
    await world.act(kept.incidentId, worldActors.community, { type: 'report_up' })
    const row = await world.db
      .selectFrom('deadlines')
      .selectAll()
      .where('incident_id', '=', kept.incidentId)
      .where('promise', '=', 'report')
      .executeTakeFirstOrThrow()
    t.match(row, { state: 'met', clock_fault: true })
    t.equal(row.settled_at, row.due_at + minute, 'met after its due time')
    t.same(report(await world.deadlines(late.incidentId)), ['community running'])
    await world.check(t, 'during the fault')

    world.guarded.jump(-24 * hour)
    t.equal((await world.settle()).length, 2, 'what was overdue is breached once the clock is back')
    t.same(report(await world.deadlines(late.incidentId)), ['community breached', 'street running'])
    t.same(report(await world.deadlines(during.incidentId)), ['community breached', 'street running'])
    t.same(report(await world.deadlines(kept.incidentId)), ['community met'], 'what was kept stays kept')
    await world.check(t, 'after the fault')
  },
)

t.test('a clock that is behind keeps nobody from having been in time', async (t) => {
  const world = await createFaultyWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(9 * minute)
  world.guarded.jump(-hour)
  await world.act(incidentId, worldActors.community, { type: 'report_up' })
  world.guarded.jump(hour)
  world.clock.advance(2 * hour)
  await world.settle()
  t.same(report(await world.deadlines(incidentId)), ['community met'])
  await world.check(t, 'afterwards')
})

t.test('whoever let a promise run out during a fault cannot hand the breach to those above', async (t) => {
  const world = await createFaultyWorld(t)
  const { incidentId } = await world.submit()
  world.guarded.jump(hour)
  await world.settle()
  world.clock.advance(61 * minute)
  await world.act(incidentId, worldActors.community, { type: 'report_up' })
  world.guarded.jump(-hour)
  await world.settle()
  const feedback = (await world.deadlines(incidentId)).filter(({ promise }) => promise === 'feedback')
  t.same(
    feedback.map(({ rung, state }) => `${rung} ${state}`),
    ['community breached', 'street running'],
  )
  await world.check(t, 'afterwards')
})

t.test('a jump ahead that is accepted gives every running deadline the time that it has lost', async (t) => {
  const world = await createFaultyWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(5 * minute)
  world.guarded.jump(hour)
  await world.settle()
  await world.accept()
  t.same(await world.settle(), [], 'five of its ten minutes have passed')
  const [first] = await world.deadlines(incidentId)
  t.equal(first?.due, world.clock.now() + hour + 5 * minute)
  const after = await world.submit()
  world.clock.advance(5 * minute)
  t.same(await world.settle(), [])
  world.clock.advance(1)
  t.same(await world.settle(), [1], 'and its ten minutes later it is breached')
  t.same(report(await world.deadlines(incidentId)), ['community breached', 'street running'])
  t.same(report(await world.deadlines(after.incidentId)), ['community running'])
  await world.act(incidentId, worldActors.street, { type: 'whistle', unitCode: 'hsg-fire-rescue' })
  await world.check(t, 'afterwards')
  world.clock.advance(9 * hour)
  await world.settle()
  t.equal(
    (await world.db.selectFrom('events').select('seq').where('type', '=', 'deadlines_prolonged').execute())
      .length,
    1,
    'each jump prolongs a case once',
  )
  await world.check(t, 'in the end')
})

t.test('a clock that went back and is accepted makes nothing due earlier', async (t) => {
  const world = await createFaultyWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(5 * minute)
  world.guarded.jump(-hour)
  await world.settle()
  await world.accept()
  world.clock.advance(64 * minute)
  t.same(await world.settle(), [])
  world.clock.advance(2 * minute)
  t.equal((await world.settle()).length, 1)
  t.same(report(await world.deadlines(incidentId)), ['community breached', 'street running'])
  const restarted = world.guarded.startProcess()
  t.match(
    await restarted(world.db),
    { clockFault: false },
    'later records prove nothing against an accepted clock',
  )
  await world.check(t, 'afterwards')
})

t.test('a sound clock needs nobody’s word', async (t) => {
  const world = await createFaultyWorld(t)
  await t.rejects(world.accept(), { code: 'clock_is_sound' })
})

type Step =
  | { readonly do: 'pass' | 'jump'; readonly ms: number }
  | { readonly do: 'act' | 'settle' | 'submit' | 'accept' | 'back' | 'restart' }

/** Jumps that a guard must see; smaller ones are what clocks may differ by. */
const jumps = [6_000, hour, 24 * hour].flatMap((ms) => [ms, -ms])
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, minute, 10 * minute, hour, 8 * hour),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('jump' as const), ms: fc.constantFrom(...jumps) }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Step>(
      { do: 'act' },
      { do: 'settle' },
      { do: 'submit' },
      { do: 'accept' },
      { do: 'back' },
      { do: 'restart' },
    ),
  },
)

t.test('whatever the clock does, nothing is breached that has not had its time', async (t) => {
  const world = await createFaultyWorld(t)
  const { db, clock, guarded } = world
  let breachesSeen = 0
  let wrongMs = 0
  let promisesProlonged = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16, size: 'max' }), async (steps) => {
      const processes = [world.readClock, guarded.startProcess()]
      await processes[1]?.(db)
      const ids = [(await world.submit()).incidentId]
      /** True time at which each promise was given, by incident and number, handing over included. */
      const given = new Map<string, { at: number; limitMs: number }>()
      const judged = new Set<string>()
      const look = async () => {
        const rows = await db
          .selectFrom('deadlines')
          .selectAll()
          .where('incident_id', 'in', ids)
          .orderBy('no')
          .execute()
        for (const row of rows) {
          const key = `${row.incident_id} ${row.no}`
          const handed = given.get(`${row.incident_id} ${row.handed_from}`)
          const limitMs = row.due_at - row.prolonged_ms - row.started_at
          if (!given.has(key)) given.set(key, handed ?? { at: clock.now(), limitMs })
          if (row.prolonged_ms > 0) promisesProlonged += 1
          const promise = given.get(key)
          if (row.state !== 'breached' || judged.has(key) || promise === undefined) continue
          judged.add(key)
          breachesSeen += 1
          const hadMs = clock.now() - promise.at
          // The guard does not see what two clocks may differ by.
          if (hadMs < promise.limitMs - 5_000) throw new Error(`${key} had ${hadMs} of ${promise.limitMs} ms`)
        }
      }
      await look()
      // In the end the clock is right, and everything that has had its time is breached.
      const whole: Step[] = [...steps, { do: 'back' }, { do: 'pass', ms: 10 * minute + 1 }, { do: 'settle' }]
      for (const next of whole) {
        switch (next.do) {
          case 'pass':
            clock.advance(next.ms)
            break
          case 'jump':
          case 'back': {
            const ms = next.do === 'jump' ? next.ms : -wrongMs
            wrongMs += ms
            guarded.jump(ms)
            // Somebody looks within a second: those that live do so all the time.
            for (const process of processes) await process(db)
            break
          }
          case 'restart':
            processes[1] = guarded.startProcess()
            break
          case 'submit':
            ids.push((await world.submit()).incidentId)
            break
          case 'act':
            await world.act(ids[0] ?? '', worldActors.community, { type: 'feedback' })
            break
          case 'accept':
            await world.accept().catch((error: { code?: string }) => {
              if (error.code !== 'clock_is_sound') throw error
            })
            wrongMs = 0
            break
          case 'settle':
            for (const readClock of processes)
              await claimAndSettle({ db, readClock, onFailure: (_, error) => t.error(error) }, 500)
        }
        await look()
      }
    }),
    { numRuns: 30 },
  )
  t.ok(breachesSeen > 20, `${breachesSeen} breaches`)
  t.ok(promisesProlonged > 0, `${promisesProlonged} looks at prolonged deadlines`)
  await world.check(t, 'in the end')
})
