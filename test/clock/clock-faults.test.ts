import t from 'tap'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import { createFaultyWorld } from '../support/faulty-world.ts'
import { worldActors } from '../support/world-actors.ts'

t.setTimeout(240_000)

const minute = 60_000
const hour = 60 * minute

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
  await world.act(incidentId, worldActors.street, { type: 'whistle', lead: 'hsg-fire-rescue', support: [] })
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
  await world.bearWitness()
  world.clock.advance(64 * minute)
  t.same(await world.settle(), [])
  world.clock.advance(2 * minute)
  t.equal((await world.settle()).length, 1)
  t.same(report(await world.deadlines(incidentId)), ['community breached', 'street running'])
  await world.bearWitness()
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

t.test('a process that starts right after a jump ahead breaches nothing by it', async (t) => {
  const world = await createFaultyWorld(t)
  const { db, guarded, clock } = world
  const { incidentId } = await world.submit()
  await world.bearWitness()
  clock.advance(minute)
  guarded.jump(hour)
  const startled = guarded.startProcess()
  const claim = { db, readClock: startled, onFailure: () => {} }
  await t.rejects(claimAndSettle(claim, 500), { name: 'ClockUnsettled' })
  await world.bearWitness()
  t.same((await claimAndSettle(claim, 500)).lagsMs, [])
  guarded.jump(-hour)
  await world.bearWitness()
  t.same((await claimAndSettle(claim, 500)).lagsMs, [])
  t.same(report(await world.deadlines(incidentId)), ['community running'])
  clock.advance(10 * minute)
  await world.bearWitness()
  t.equal((await claimAndSettle(claim, 500)).lagsMs.length, 1, 'and what runs out in truth')
  await world.check(t, 'afterwards')
})
