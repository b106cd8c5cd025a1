import { sql } from 'kysely'
import t from 'tap'
import { formatVerification } from '../../src/verification/format-verification.ts'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createPlayedWorld } from '../support/played-world.ts'
import { tamper } from '../support/tamper.ts'
import { createWorld } from '../support/world.ts'

t.test('an untouched trail is sound, and everything is counted', async (t) => {
  const { world } = await createPlayedWorld(t)
  const verification = await verifyAuditTrail(world)
  t.same(verification.faults, [])
  t.equal(verification.incompleteBecause, null)
  t.equal(verification.outcome, 'sound')
  const { count } = await world.db
    .selectFrom('events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  t.match(verification.counts, {
    events: count,
    streams: 3,
    incidents: 2,
    assignments: 2,
    breaches: 8,
    commitmentsChecked: 10,
    commitmentsErased: 0,
  })
  t.match(formatVerification(verification, 'zh'), /审计轨迹完好/)
  t.match(formatVerification(verification, 'en'), /sound/)
})

t.test('an empty trail is sound', async (t) => {
  const world = await createWorld(t)
  await tamper(world, sql`delete from events`, sql`delete from streams`)
  t.equal((await verifyAuditTrail(world)).outcome, 'sound')
})

t.test('verifying does not wait for writers and does not see what they have not committed', async (t) => {
  const { world, second } = await createPlayedWorld(t)
  await world.db.transaction().execute(async (trx) => {
    await sql`update incidents set state = 'closed' where id = ${second}`.execute(trx)
    t.equal((await verifyAuditTrail(world)).outcome, 'sound')
  })
})

t.test('an erased text breaks no hash and is counted', async (t) => {
  const { world, second } = await createPlayedWorld(t)
  await tamper(
    world,
    sql`update event_notes set text = null, salt = '' where incident_id = ${second} and seq = 2`,
    sql`update reports set description = '-', address = null, latitude = null, longitude = null, salt = ''
      where incident_id = ${second}`,
  )
  const { outcome, counts } = await verifyAuditTrail(world)
  t.equal(outcome, 'sound')
  t.match(counts, { commitmentsChecked: 8, commitmentsErased: 2 })
})

t.test('a trail that cannot be read to its end is incomplete', async (t) => {
  const { world } = await createPlayedWorld(t)
  await sql`revoke select on breaches from whistle_app`.execute(world.owner.db)
  const verification = await verifyAuditTrail(world)
  t.equal(verification.outcome, 'incomplete')
  t.match(verification.incompleteBecause, /breaches/)
  t.match(formatVerification(verification, 'zh'), /未能读完/)
})
