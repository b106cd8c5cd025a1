import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { followSecretOf } from '../../src/incidents/follow-secret.ts'
import { anyReport, createApiWorld } from '../incidents/api-world.ts'
import { dumpTables } from '../incidents/dump-tables.ts'
import { worldActors } from '../support/world-actors.ts'

const { community, responder, gridWorker, resident } = worldActors
const { areaCode, categoryCode, description } = anyReport
const contact = { name: '植入联系人', phone: '18812345678' }

t.test('who does not log in reports and follows', async (t) => {
  const world = await createApiWorld(t)
  const { call, act, report, db } = world
  const send = (change: object = {}, key: string = uuidv7()) =>
    call(null, 'POST', '/v1/public/reports', { ...anyReport, contact, ...change }, { key })
  const secretOf = (body: { [field: string]: unknown }) => String(body.followSecret)
  const follow = (reportId: string, secret: string, headers = {}) =>
    call(null, 'GET', `/v1/public/reports/${reportId}`, undefined, {
      headers: { 'follow-secret': secret, ...headers },
    })
  const rate = (reportId: string, secret: string, body: object, key: string = uuidv7()) =>
    call(null, 'POST', `/v1/public/reports/${reportId}/rating`, body, {
      key,
      headers: { 'follow-secret': secret },
    })
  const seen = async (incidentId: string) =>
    (await call(community, 'GET', `/v1/incidents/${incidentId}`)).body.reports

  await t.test('a report opens a case like any other, and the answer has a secret', async (t) => {
    const { status, headers, body } = await send()
    t.equal(status, 201)
    t.match(secretOf(body), /^[A-Za-z0-9_-]{43}$/, '256 bits')
    t.equal(headers.location, `/v1/public/reports/${body.reportId}`)
    t.match(await seen(body.incidentId), [
      { id: body.reportId, loggedIn: false, anonymous: false, reporterRole: null, filedBy: null, contact },
    ])
    const { items } = (await call(community, 'GET', `/v1/incidents/${body.incidentId}/timeline`)).body
    t.match(items[0], { type: 'report_received', actor: { role: 'resident', id: null } })
  })

  await t.test('the secret opens what the reporter’s own view shows, and nothing else', async (t) => {
    const { body } = await send()
    const other = (await send()).body
    const own = await follow(body.reportId, secretOf(body))
    t.equal(own.status, 200)
    t.match(own.body, { id: body.reportId, description, state: 'received' })
    t.equal(own.headers['cache-control'], 'no-store', 'no cache gives it to whoever asks with another secret')
    const loggedIn = (await report()).body
    const asReporter = await call(resident, 'GET', `/v1/reports/${loggedIn.reportId}`)
    t.same(Object.keys(JSON.parse(own.text)), Object.keys(JSON.parse(asReporter.text)))
    for (const wrong of [
      secretOf(other),
      'x'.repeat(43),
      secretOf(body).slice(0, -1),
      `${secretOf(body)}A`,
      '%00',
    ])
      t.equal((await follow(body.reportId, wrong)).status, 404, wrong.slice(0, 10))
    t.equal(
      (await follow(loggedIn.reportId, secretOf(body))).status,
      404,
      'a report without a link has no secret',
    )
    t.equal((await call(null, 'GET', `/v1/public/reports/${body.reportId}`)).status, 400, 'without any')
    t.equal(
      (await call(null, 'GET', `/v1/public/reports/${body.reportId}?secret=${secretOf(body)}`)).status,
      400,
      'an address is no place for it',
    )
    for (const [method, url] of [
      ['GET', `/v1/reports/${body.reportId}`],
      ['GET', '/v1/reports'],
      ['GET', `/v1/incidents/${body.incidentId}`],
      ['POST', `/v1/reports/${body.reportId}/rating`],
    ] as const) {
      const headers = { 'follow-secret': secretOf(body) }
      t.equal((await call(null, method, url, method === 'GET' ? undefined : {}, { headers })).status, 401)
      const bearer = { authorization: secretOf(body), ...headers }
      t.equal((await call(null, method, url, undefined, { headers: bearer })).status, 401)
    }
    t.match(
      (await follow(body.reportId, secretOf(body), { 'accept-language': 'en' })).text,
      /Your report was received/,
    )
  })

  await t.test('a replay has the same secret, which no stored answer has', async (t) => {
    const key = uuidv7()
    const first = await send({}, key)
    const again = await send({}, key)
    t.equal(again.text, first.text)
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(again.headers.location, first.headers.location)
    t.equal((await send({ description: '另一件事' }, key)).body.code, 'idempotency_key_reused')
    const together = await Promise.all(
      Array.from({ length: 5 }, () => send({ address: '同时发送' }, 'the-same-key-of-all-of-these')),
    )
    t.equal(new Set(together.map(({ text }) => text)).size, 1)
    t.ok(together.every(({ body }) => secretOf(body).length === 43))
    t.equal((await send({}, 'too-short-to-be-random')).status, 201)
    t.equal(
      (await send({}, 'too-short')).status,
      400,
      'the key is what tells callers apart, so it must be random',
    )
    t.notOk((await dumpTables(world)).where(secretOf(first.body)).length, 'it stands in no table')
    const sent = secretOf(first.body)
    t.notOk(
      world.lines.some((line) => line.includes(sent) || line.includes(key)),
      'and in no log',
    )
  })

  await t.test('it is made of the key and of what nobody is told', async (t) => {
    const key = uuidv7()
    const one = followSecretOf(key, Buffer.alloc(16, 1))
    t.not(followSecretOf(key, Buffer.alloc(16, 2)), one)
    t.not(followSecretOf(uuidv7(), Buffer.alloc(16, 1)), one)
    t.equal(followSecretOf(key, Buffer.alloc(16, 1)), one)
  })

  await t.test('with the salt of an erased text it cannot be made again', async (t) => {
    const key = uuidv7()
    const { body } = await send({}, key)
    await world.owner.pool.query("update reports set salt = '' where id = $1", [body.reportId])
    t.equal((await send({}, key)).body.followSecret, undefined)
    t.equal((await follow(body.reportId, secretOf(body))).status, 200, 'who has it can still follow')
  })

  await t.test('what was erased opens nothing, and is not given again', async (t) => {
    const key = uuidv7()
    const { body } = await send({}, key)
    await db.deleteFrom('report_links').where('report_id', '=', body.reportId).execute()
    t.equal((await follow(body.reportId, secretOf(body))).status, 404)
    const again = await send({}, key)
    t.equal(again.status, 201)
    t.equal(again.body.reportId, body.reportId)
    t.equal(again.body.followSecret, undefined)
  })

  await t.test('who holds the link says whether it worked', async (t) => {
    const { body } = await send()
    const answer = { solved: false, satisfaction: 2, text: '还是没解决' }
    t.equal((await rate(body.reportId, secretOf(body), answer)).body.code, 'illegal_transition', 'too early')
    await act(body.incidentId, community, 'settle')
    t.equal((await rate(body.reportId, 'x'.repeat(43), answer)).status, 404)
    const key = uuidv7()
    const rated = await rate(body.reportId, secretOf(body), answer, key)
    t.equal(rated.status, 200)
    t.match(rated.body, { state: 'reported', reportId: body.reportId })
    t.equal((await rate(body.reportId, secretOf(body), answer, key)).text, rated.text)
    t.match((await follow(body.reportId, secretOf(body))).body, {
      state: 'reported',
      rating: { solved: false, satisfaction: 2, text: '还是没解决' },
    })
    const stored = await db.selectFrom('events').select('body').where('type', '=', 'rated').execute()
    t.ok(
      stored.some((row) => row.body.includes(`"reporter:${body.reportId}"`)),
      'by the name that the report has',
    )
  })

  await t.test('somebody files for another, who follows by the secret', async (t) => {
    const onBehalfOf = { name: '植入的老人', phone: '17700001111' }
    for (const by of [community, responder, gridWorker, resident]) {
      const { status, body } = await report({ contact: undefined, onBehalfOf }, { by })
      t.equal(status, 201)
      t.match(await seen(body.incidentId), [
        {
          contact: onBehalfOf,
          filedBy: { id: by === resident ? null : by.id, role: by.role },
          loggedIn: true,
          reporterRole: by.role,
        },
      ])
      t.match((await follow(body.reportId, secretOf(body))).body, { id: body.reportId, onBehalf: true })
      t.match(
        (await call(by, 'GET', `/v1/reports/${body.reportId}`)).body,
        { onBehalf: true },
        'the filer too',
      )
      await act(body.incidentId, community, 'settle')
      const shown = (await call(by, 'GET', `/v1/reports/${body.reportId}`)).body
      t.equal(shown.askedToRateUntil === null, by !== resident, 'the people are asked, and not the staff')
      t.not((await follow(body.reportId, secretOf(body))).body.askedToRateUntil, null)
      t.equal((await rate(body.reportId, secretOf(body), { solved: true, satisfaction: 5 })).status, 200)
    }
    const key = uuidv7()
    const twice = [
      await report({ contact: undefined, onBehalfOf }, { by: gridWorker, key }),
      await report({ contact: undefined, onBehalfOf }, { by: gridWorker, key }),
    ]
    t.equal(twice[0]?.text, twice[1]?.text)
    const both = await report({ onBehalfOf }, { by: gridWorker })
    t.match(both, { status: 400, body: { errors: [{ pointer: '/contact' }] } }, 'theirs is the only contact')
    t.equal((await report({ contact: undefined, onBehalfOf: {} }, { by: gridWorker })).status, 400)
    t.equal((await report()).body.followSecret, undefined, 'nobody else is given a link')
    const { where } = await dumpTables(world)
    t.same(where(onBehalfOf.name), ['report_contacts'])
    t.same(where(onBehalfOf.phone), ['report_contacts'])
    t.notOk(world.lines.join('\n').includes(onBehalfOf.phone))
  })

  await t.test(
    'without a login and anonymous: handlers see no contact, and who is entitled does',
    async (t) => {
      const { body } = await send({ anonymous: true })
      t.match(await seen(body.incidentId), [{ anonymous: true, contact: null, loggedIn: null }])
      t.equal(
        (
          await act(body.incidentId, worldActors.district, 'reveal-reporter', {
            reportId: body.reportId,
            text: '核实',
          })
        ).status,
        200,
      )
      const { body: revealed } = await call(worldActors.district, 'GET', `/v1/incidents/${body.incidentId}`)
      t.match(revealed.reports, [{ contact, revealedReporter: null }], 'more than the contact is not known')
      t.match((await follow(body.reportId, secretOf(body))).body, { anonymous: true })
    },
  )

  await t.test('what is wrong is refused as for everybody', async (t) => {
    t.match(await send({ areaCode: undefined }), { status: 400 })
    t.match(await send({ areaCode: '420202007999' }), { status: 422, body: { code: 'area_not_found' } })
    t.match(await send({ onBehalfOf: { name: '某人' } }), { status: 400 })
    t.match(await send({ reporter: 'me' }), { status: 400 })
    t.equal(
      (await call(null, 'POST', '/v1/public/reports?x=1', { areaCode, categoryCode, description })).status,
      400,
    )
    const { where } = await dumpTables(world)
    t.same(where(contact.phone), ['report_contacts'])
    t.same(where(contact.name), ['report_contacts'])
    t.notOk(world.lines.join('\n').includes(contact.phone))
  })
})
