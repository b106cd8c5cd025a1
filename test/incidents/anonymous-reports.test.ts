import t from 'tap'
import { z } from 'zod'
import { verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { createApiWorld } from './api-world.ts'
import { dumpTables } from './dump-tables.ts'

const { gridWorker, community, street, district, auditor, administrator, responder } = worldActors
const contact = { name: '欧阳植入', phone: '19987654321' }
const reporter = { id: 'planted-reporter', role: 'grid_worker', areaCode: huangshi.grid } as const
const seenReport = z.looseObject({
  id: z.string(),
  anonymous: z.boolean(),
  loggedIn: z.boolean().nullable(),
  reporterRole: z.string().nullable(),
  contact: z.unknown(),
  filedBy: z.unknown(),
  revealedReporter: z.unknown(),
})

t.test('a reporter who asks not to be known is not', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report, db } = world
  const staff = [gridWorker, community, street, district, auditor, administrator]
  const seenBy = async (by: Parameters<typeof call>[0], incidentId: string) => {
    const { body } = await call(by, 'GET', `/v1/incidents/${incidentId}`)
    return z.array(seenReport).parse(body.reports)
  }
  const reveal = (by: Parameters<typeof act>[1], incidentId: string, reportId: string) =>
    act(incidentId, by, 'reveal-reporter', { reportId, text: '涉嫌虚假线索，需核实' })

  await t.test('nothing that staff read says who it was', async (t) => {
    const { reportId, incidentId } = (await report({ anonymous: true, contact }, { by: reporter })).body
    await act(incidentId, community, 'report-up')
    await act(incidentId, street, 'whistle')
    for (const by of [...staff, responder]) {
      t.match(await seenBy(by, incidentId), [
        {
          id: reportId,
          anonymous: true,
          loggedIn: null,
          reporterRole: null,
          contact: null,
          filedBy: null,
          revealedReporter: null,
        },
      ])
      for (const url of [`/v1/incidents/${incidentId}`, `/v1/incidents/${incidentId}/timeline`]) {
        const { status, text } = await call(by, 'GET', url)
        t.equal(status, 200)
        for (const planted of [reporter.id, contact.name, contact.phone])
          t.notOk(text.includes(planted), `${by.role} does not read ${planted}`)
      }
    }
    const { items } = (await call(district, 'GET', `/v1/incidents/${incidentId}/timeline`)).body
    t.match(items[0], { type: 'report_received', actor: { role: 'resident', id: null, area: null } })
  })

  await t.test('they see it all the same, and are answered', async (t) => {
    const { reportId, incidentId } = (await report({ anonymous: true, contact }, { by: reporter })).body
    const text = '已清理完毕，谢谢您的反映。'
    await act(incidentId, community, 'settle', { text })
    const own = await call(reporter, 'GET', `/v1/reports/${reportId}`)
    t.match(own.body, { id: reportId, anonymous: true, state: 'resolved' })
    t.ok(own.text.includes(text))
    const { status } = await call(reporter, 'POST', `/v1/reports/${reportId}/rating`, {
      solved: true,
      satisfaction: 4,
    })
    t.equal(status, 200)
    const { text: told } = await call(community, 'GET', `/v1/incidents/${incidentId}/timeline`)
    t.notOk(told.includes(reporter.id), 'who rates is not named either')
    t.equal((await call(gridWorker, 'GET', `/v1/reports/${reportId}`)).status, 404)
  })

  await t.test('who is entitled may see it, and that they did stands in the trail', async (t) => {
    const { reportId, incidentId } = (await report({ anonymous: true, contact }, { by: reporter })).body
    for (const by of [community, street]) {
      const { status, body } = await reveal(by, incidentId, reportId)
      t.equal(status, 403)
      t.equal(body.code, 'not_entitled')
    }
    t.equal((await reveal(gridWorker, incidentId, reportId)).status, 403)
    t.equal((await reveal(worldActors.foreigner, incidentId, reportId)).status, 404)
    t.equal((await seenBy(district, incidentId))[0]?.contact, null, 'to be entitled is not enough')

    const revealed = await reveal(district, incidentId, reportId)
    t.equal(revealed.status, 200)
    for (const planted of [reporter.id, contact.name, contact.phone])
      t.notOk(revealed.text.includes(planted), 'the answer, which is kept, does not say it')
    t.match(await seenBy(district, incidentId), [
      { contact, revealedReporter: { id: reporter.id, role: 'grid_worker' }, anonymous: true },
    ])
    for (const by of [
      gridWorker,
      community,
      street,
      auditor,
      administrator,
      { ...district, id: 'colleague' },
    ])
      t.match(await seenBy(by, incidentId), [{ contact: null, revealedReporter: null }], by.id)
    const { items } = (await call(street, 'GET', `/v1/incidents/${incidentId}/timeline`)).body
    t.match(items.at(-1), { type: 'reporter_revealed', actor: { id: district.id } })

    t.equal((await reveal(auditor, incidentId, reportId)).status, 200)
    t.match(await seenBy(auditor, incidentId), [{ contact }])
    const rows = await db
      .selectFrom('reporter_reveals')
      .select(['report_id', 'revealed_to', 'seq', 'incident_id'])
      .orderBy('seq')
      .execute()
    t.same(
      rows.map(({ report_id, revealed_to, incident_id }) => [report_id, revealed_to, incident_id]),
      [district, auditor].map(({ id }) => [reportId, id, incidentId]),
    )
  })

  await t.test('only what is anonymous, and of this very case, is revealed', async (t) => {
    const named = (await report({ contact })).body
    const other = (await report({ anonymous: true })).body
    for (const reportId of [named.reportId, other.reportId, '01990000-0000-7000-8000-00000000dead']) {
      const { status, body } = await reveal(district, named.incidentId, reportId)
      t.equal(status, 422)
      t.match(body, { code: 'report_not_found', errors: [{ pointer: '/reportId' }] })
    }
    t.match(await seenBy(community, named.incidentId), [
      { anonymous: false, loggedIn: true, reporterRole: 'resident', contact },
    ])
  })

  await t.test('also of a case that theirs was merged into', async (t) => {
    const early = (await report()).body
    world.clock.advance(1_000)
    const late = (await report({ anonymous: true, contact }, { by: reporter })).body
    await act(late.incidentId, community, 'merge', { into: early.incidentId })
    t.match(await seenBy(community, early.incidentId), [
      { anonymous: false },
      { contact: null, anonymous: true },
    ])
    t.equal((await reveal(district, early.incidentId, late.reportId)).status, 200)
    t.match(await seenBy(district, early.incidentId), [{}, { contact }])
  })

  await t.test('a reveal that no event tells of is found out', async (t) => {
    t.same((await verifyAuditTrail(world)).faults, [])
    await world.owner.pool.query(`insert into reporter_reveals
      select incident_id, seq + 100, district_code, report_id, 'somebody-curious', revealed_at
      from reporter_reveals limit 1`)
    t.match((await verifyAuditTrail(world)).faults, [{ kind: 'reveal' }])
    await world.owner.pool.query("delete from reporter_reveals where revealed_to = 'somebody-curious'")
  })

  await t.test('who it was stands in one table, beside that of their own requests', async (t) => {
    const { where } = await dumpTables(world)
    t.same(where(contact.phone), ['report_contacts'])
    t.same(where(contact.name), ['report_contacts'])
    t.same(where(reporter.id), ['anonymous_reporters', 'idempotency_keys'])
    const logged = world.lines.join('\n')
    t.ok(logged.length > 100)
    for (const planted of [reporter.id, contact.name, contact.phone]) t.notOk(logged.includes(planted))
  })
})
