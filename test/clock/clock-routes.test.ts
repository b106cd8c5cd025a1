import { Registry } from 'prom-client'
import t from 'tap'
import { z } from 'zod'
import { registerClockGauges } from '../../src/clock/clock-gauges.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import { runDoctor } from '../../src/doctor/run-doctor.ts'
import { openApi } from '../incidents/api-world.ts'
import { createGuardedClock, type GuardedClock } from '../support/guarded-clock.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

const minute = 60_000
const hour = 60 * minute
const { administrator, auditor, community, resident } = worldActors
const why = { reason: 'was_wrong_before' }

async function createClockApi(t: Parameters<typeof createWorld>[0]) {
  const made: { guarded: GuardedClock; readClock: ReadClock }[] = []
  const world = await createWorld(t, (db, clock) => {
    const guarded = createGuardedClock(db, clock)
    made.push({ guarded, readClock: guarded.startProcess() })
    return made[0]?.readClock ?? clock.read
  })
  const [own] = made
  if (own === undefined) throw new Error('A world has a clock')
  await own.readClock(world.db)
  return { world, ...own, api: await openApi(t, { db: world.db, readClock: own.readClock }) }
}

const deadlines = z.array(
  z.looseObject({ promise: z.string(), state: z.string(), clockFault: z.boolean(), prolongedMs: z.int() }),
)

t.test('a fault is shown, and an administrator’s acceptance ends it, once', async (t) => {
  const { world, guarded, api } = await createClockApi(t)
  const sound = await api.call(auditor, 'GET', '/v1/clock')
  t.match(sound, { status: 200, headers: { etag: '"0"' }, body: { state: 'sound', offsetMs: null } })
  t.match(await api.call(administrator, 'POST', '/v1/clock/accept', why), {
    status: 409,
    body: { code: 'clock_is_sound' },
  })
  guarded.jump(hour)
  const fault = await api.call(administrator, 'GET', '/v1/clock')
  t.match(fault, { status: 200, body: { state: 'fault', offsetMs: hour } })
  t.equal(fault.body.now, new Date(world.clock.now()).toISOString())
  t.equal(fault.body.databaseClock, new Date(world.clock.now() + hour).toISOString())

  t.match(await api.call(community, 'POST', '/v1/clock/accept', why), { status: 403 })
  t.match(await api.call(auditor, 'POST', '/v1/clock/accept', why), { status: 403 })
  t.match(
    await api.call({ ...administrator, areaCode: huangshi.district }, 'POST', '/v1/clock/accept', why),
    { status: 403, body: { code: 'not_your_area' } },
    'one clock decides for all districts',
  )
  t.match(await api.call(resident, 'GET', '/v1/clock'), { status: 403 })
  t.match(await api.call(administrator, 'POST', '/v1/clock/accept', { reason: '因为我说了算' }), {
    status: 400,
  })
  t.match(
    await api.call(administrator, 'POST', '/v1/clock/accept', why, { headers: { 'if-match': '"0"' } }),
    { status: 412 },
    'of a state that the administrator has not seen',
  )
  const asked = { key: 'accept-1', headers: { 'if-match': '"1"' } }
  const accepted = await api.call(administrator, 'POST', '/v1/clock/accept', why, asked)
  t.match(accepted, { status: 200, body: { state: 'sound', offsetMs: null, now: fault.body.databaseClock } })
  const again = await api.call(administrator, 'POST', '/v1/clock/accept', why, asked)
  t.match([again.status, again.text], [200, accepted.text], 'a retry gets the same answer')
  t.match(await api.call(auditor, 'GET', '/v1/clock'), { headers: { etag: '"2"' }, body: { state: 'sound' } })

  const events = await world.db
    .selectFrom('events')
    .select('body')
    .where('stream', '=', 'clock')
    .orderBy('seq')
    .execute()
  t.match(
    events.map(({ body }) => JSON.parse(body)),
    [
      { type: 'clock_fault_found', offsetMs: hour, actor: null },
      {
        type: 'clock_accepted',
        actor: { id: administrator.id, role: 'administrator' },
        reason: 'was_wrong_before',
        jump: { byMs: hour, from: null },
      },
    ],
    'who and why stands in the audit trail',
  )
})

t.test('the case and its timeline tell what the clock has done to it', async (t) => {
  const { world, guarded, api } = await createClockApi(t)
  const { incidentId } = await world.submit()
  guarded.jump(hour)
  world.clock.advance(11 * minute)
  const acted = await api.act(incidentId, community, 'report-up')
  t.equal(acted.status, 200, 'a late act during a fault')
  t.equal((await api.report()).status, 201, 'reports are taken')
  const shown = await api.call(community, 'GET', `/v1/incidents/${incidentId}`)
  t.match(
    deadlines.parse(JSON.parse(shown.text).deadlines).find(({ promise }) => promise === 'report'),
    { state: 'met', clockFault: true, prolongedMs: 0 },
  )
  const registry = new Registry()
  registerClockGauges(registry, { db: world.db })
  t.match(await registry.metrics(), /^whistle_clock_fault 1$/m)

  await api.call(administrator, 'POST', '/v1/clock/accept', why)
  await world.settle()
  world.clock.advance(50 * minute)
  await world.settle()
  world.clock.advance(2 * hour)
  await world.settle()
  const telling = async (language: string) =>
    (
      await api.call(community, 'GET', `/v1/incidents/${incidentId}/timeline`, undefined, {
        headers: { 'accept-language': language },
      })
    ).text
  t.match(await telling('zh'), /"clockFault":true/)
  t.match(await telling('zh'), /当时系统时钟异常，所兑现的承诺算按时/)
  t.match(await telling('zh'), /系统时钟被拨快，.*时限顺延约 1 小时/)
  t.match(await telling('en'), /The clock was set ahead; .* put off by about 1 h/)
})

t.test('what the clock holds back is told apart from what is late', async (t) => {
  const { world, guarded, readClock } = await createClockApi(t)
  await world.submit()
  guarded.jump(24 * hour)
  await world.settle()
  world.clock.advance(11 * minute)
  const { checks, warnings } = await runDoctor({ db: world.db, readClock })
  t.match(
    checks.find(({ name }) => name === 'nothing_overdue'),
    { ok: true },
  )
  t.match(
    warnings.find(({ name }) => name === 'clock_sound'),
    { ok: false, rows: [{ offset_ms: 24 * hour, held_back: 1 }] },
  )
})
