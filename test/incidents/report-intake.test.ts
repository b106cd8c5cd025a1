import { sql } from 'kysely'
import t from 'tap'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { anyReport, createApiWorld } from './api-world.ts'
import { dumpTables } from './dump-tables.ts'

const receivedAt = Date.UTC(2026, 10, 20, 1)
const iso = (at: number) => new Date(at).toISOString()

t.test('intake', async (t) => {
  const world = await createApiWorld(t)
  const { report, call, clock, db } = world
  const count = async () =>
    (await db.selectFrom('reports').select(db.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n

  await t.test(
    'a report opens an incident with three promises, from the instant of its receipt',
    async (t) => {
      const { status, headers, body } = await report()
      t.equal(status, 201)
      t.equal(headers.location, `/v1/reports/${body.reportId}`)
      t.match(body.number, /^420202-20261120-[0-9A-HJKMNP-TV-Z]{8}$/, 'a number that people can say')
      t.equal(body.state, 'received')
      t.same(
        body.deadlines.map(({ promise, dueAt, accountable, state }) => ({
          promise,
          dueAt,
          accountable,
          state,
        })),
        [
          ['report', worldPolicy.reportMs],
          ['feedback', worldPolicy.feedbackMs],
          ['on_site', worldPolicy.onSiteMs],
        ].map(([promise, limitMs]) => ({
          promise,
          dueAt: iso(receivedAt + Number(limitMs)),
          accountable: { kind: 'area', code: huangshi.community, name: '胜阳港社区' },
          state: 'running',
        })),
      )
      const own = await call(worldActors.resident, 'GET', String(headers.location))
      t.equal(own.status, 200)
      t.match(own.body, { id: body.reportId, number: body.number, description: anyReport.description })
      const seen = await call(worldActors.community, 'GET', `/v1/incidents/${body.incidentId}`)
      t.match(seen.body, {
        id: body.incidentId,
        reports: [
          {
            ...anyReport,
            contact: anyReport.contact,
            occurredAt: '2026-11-20T00:55:00.000Z',
            areaCode: undefined,
            categoryCode: undefined,
          },
        ],
      })
      const outsider = await call(worldActors.auditor, 'GET', `/v1/incidents/${body.incidentId}`)
      t.match(outsider.body, { reports: [{ contact: null }] }, 'who need not answer is not told how to')
    },
  )

  await t.test('the day in the number is Shanghai’s', async (t) => {
    clock.set(Date.UTC(2026, 11, 31, 16, 0, 0))
    t.match((await report()).body.number, /^420202-20270101-/)
    clock.set(Date.UTC(2026, 11, 31, 15, 59, 59, 999))
    t.match((await report()).body.number, /^420202-20261231-/)
    clock.set(receivedAt)
  })

  await t.test('every text comes back as it was sent', async (t) => {
    for (const description of [
      '吹哨报到：𠮷野家门口有人晕倒🚒，请速来！',
      '“引号”、\\反斜杠\\、换行\n、制表\t、\u0001、\u2028',
      'é 与 é 不是同一串字符', // composed and decomposed
      '😀'.repeat(1_999),
      "'); drop table reports; --",
      '=1+1',
    ]) {
      const sent = await report({ description, address: description.slice(0, 200) })
      t.equal(sent.status, 201, description.slice(0, 40))
      const own = await call(worldActors.resident, 'GET', `/v1/reports/${sent.body.reportId}`)
      t.equal(own.body.description, description)
    }
  })

  await t.test('a grid worker’s report is about their own grid, unless it says otherwise', async (t) => {
    const place = async (areaCode: string | undefined) => {
      const { body } = await report({ areaCode }, { by: worldActors.gridWorker })
      return (
        await db
          .selectFrom('incidents')
          .select('area_code')
          .where('id', '=', body.incidentId)
          .executeTakeFirst()
      )?.area_code
    }
    t.equal(await place(undefined), huangshi.grid)
    t.equal(await place(huangshi.neighbour), huangshi.neighbour)
    const resident = await report({ areaCode: undefined })
    t.equal(resident.status, 422)
    t.equal(resident.body.code, 'area_required', 'a resident has to say where')
  })

  await t.test('a report about nothing that there is, is refused by name and leaves no trace', async (t) => {
    const before = await count()
    const refused = async (change: object, code: string, pointer: string) => {
      const { status, body } = await report(change)
      t.equal(status, 422)
      t.match(body, { code, errors: [{ pointer }] })
    }
    await refused({ areaCode: '420202007999' }, 'area_not_found', '/areaCode')
    await refused({ categoryCode: 'no_such_category' }, 'category_not_found', '/categoryCode')
    await refused({ areaCode: huangshi.city }, 'area_not_reportable', '/areaCode')
    await world.owner.db
      .updateTable('areas')
      .set({ retired_at: sql`'2026-01-01T00:00:00Z'::timestamptz` })
      .where('code', '=', huangshi.foreignCommunity)
      .execute()
    await refused({ areaCode: huangshi.foreignCommunity }, 'area_not_reportable', '/areaCode')
    t.equal(await count(), before)
  })

  await t.test('who may not report is told so, and who is nobody too', async (t) => {
    const before = await count()
    for (const by of [worldActors.auditor, worldActors.administrator]) {
      const { status, body } = await report({}, { by })
      t.equal(status, 403)
      t.equal(body.code, 'forbidden')
    }
    for (const by of [worldActors.community, worldActors.responder]) {
      const { status, body } = await report({}, { by })
      t.equal(status, 422)
      t.match(body, { code: 'on_behalf_required', errors: [{ pointer: '/onBehalfOf' }] }, 'for others only')
    }
    t.equal((await call(null, 'POST', '/v1/reports', anyReport)).status, 401)
    t.equal(await count(), before)
  })

  await t.test('a reporter sees their own reports and nobody’s incidents', async (t) => {
    const { body } = await report()
    const url = `/v1/reports/${body.reportId}`
    t.equal((await call(worldActors.resident, 'GET', url)).status, 200)
    t.equal(
      (await call(worldActors.otherResident, 'GET', url)).status,
      404,
      'another’s report does not exist',
    )
    t.equal((await call(worldActors.community, 'GET', url)).status, 404)
    t.equal((await call(worldActors.auditor, 'GET', url)).status, 403)
    t.equal((await call(worldActors.resident, 'GET', `/v1/incidents/${body.incidentId}`)).status, 403)
    t.equal((await call(worldActors.resident, 'GET', '/v1/incidents')).status, 403)
    t.equal(
      (await call(worldActors.resident, 'GET', `/v1/incidents/${body.incidentId}/timeline`)).status,
      403,
    )
    t.equal(
      (await call(worldActors.resident, 'GET', '/v1/reports/01990000-0000-7000-8000-00000000dead')).status,
      404,
    )
  })

  await t.test(
    'how to reach the reporter stands in one table, and what they wrote in one other',
    async (t) => {
      const planted = { name: '欧阳植入', phone: '19987654321' }
      const description = '植入的描述 plantedDescription'
      const address = '植入的地址 plantedAddress'
      const { body } = await report({ contact: planted, description, address })
      const key = 'planted-key'
      const refused = await report(
        { contact: planted, description, address, areaCode: '420202007999' },
        { key },
      )
      t.equal(refused.status, 422)
      const answer = '植入的答复 plantedAnswer'
      t.equal(
        (await world.act(body.incidentId, worldActors.community, 'feedback', { text: answer })).status,
        200,
      )
      const position = { latitude: 30.123456, longitude: 115.654321 }
      t.equal(
        (await world.act(body.incidentId, worldActors.gridWorker, 'arrive', { position, text: answer }))
          .status,
        200,
      )
      clock.advance(9 * 3_600_000)
      await world.settle()

      const { tables, where } = await dumpTables(world)
      t.same(where(planted.phone), ['report_contacts'])
      t.same(where(planted.name), ['report_contacts'])
      t.same(where('plantedDescription'), ['reports'])
      t.same(where('plantedAddress'), ['reports'])
      t.same(where('plantedAnswer'), ['event_notes'])
      t.same(where('115.654321'), ['event_notes'])
      t.ok((tables.get('outbox') ?? '').length > 0, 'there were notices to look into')
      const logged = world.lines.join('\n')
      t.ok(logged.length > 100, 'there was a log to look into')
      for (const text of [
        planted.phone,
        planted.name,
        'plantedDescription',
        'plantedAddress',
        'plantedAnswer',
        '115.654321',
      ])
        t.notOk(logged.includes(text), `${text} is not logged`)
    },
  )
})
