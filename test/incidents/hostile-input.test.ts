import t from 'tap'
import { worldActors } from '../support/world-actors.ts'
import { anyReport, createApiWorld } from './api-world.ts'

const { resident, community, gridWorker } = worldActors

/** JSON with one field of a report replaced by raw text. */
const withRaw = (field: string, raw: string) =>
  JSON.stringify({ ...anyReport, [field]: 'REPLACED' }).replace('"REPLACED"', raw)

const fields: [string, unknown[]][] = [
  [
    'description',
    ['', ' ', '\u3000\n', 'x'.repeat(4_001), '有\u0000空', '半\ud83d个', 5, null, [], {}, true],
  ],
  ['categoryCode', ['', 'Fire', 'fire lane', '消防', 'x'.repeat(65), "fire' or '1'='1", 7, null, ['fire']]],
  [
    'areaCode',
    [
      '',
      '4202',
      '42020200700a',
      '４２０２０２００７００３',
      `${'4'.repeat(12)}-`,
      '420202007003\n',
      420202007003,
      null,
    ],
  ],
  ['address', ['', '  ', '长'.repeat(501), 7, null]],
  [
    'position',
    [
      null,
      'here',
      [],
      { latitude: 30 },
      { latitude: 90.001, longitude: 1 },
      { latitude: -91, longitude: 1 },
      { latitude: 1, longitude: 180.001 },
      { latitude: '30', longitude: '115' },
      { latitude: 30, longitude: 115, altitude: 20 },
    ],
  ],
  [
    'occurredAt',
    [
      '2026-11-20',
      '2026-11-20T08:55:00',
      '2026-11-20 08:55:00+08:00',
      '2026-13-01T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '9999-12-31T23:59:59Z',
      'yesterday',
      1_763_600_000_000,
      null,
    ],
  ],
  [
    'contact',
    [
      null,
      '138',
      [],
      { phone: 138 },
      { phone: '' },
      { phone: '1'.repeat(41) },
      { name: '名'.repeat(101) },
      { email: 'a@b' },
    ],
  ],
]

const rawBodies: [string, string, number][] = [
  ['a duplicate field', `{"description":"一","description":"二"}`, 400],
  ['__proto__', withRaw('description', '"x","__proto__":{"role":"administrator"}'), 400],
  ['constructor.prototype', withRaw('description', '"x","constructor":{"prototype":{"a":1}}'), 400],
  ['NaN', withRaw('position', '{"latitude":NaN,"longitude":1}'), 400],
  ['Infinity', withRaw('position', '{"latitude":Infinity,"longitude":1}'), 400],
  ['1e400', withRaw('position', '{"latitude":1e400,"longitude":1}'), 400],
  ['-1e400', withRaw('position', '{"latitude":1,"longitude":-1e400}'), 400],
  ['2^53 + 1', withRaw('position', '{"latitude":1,"longitude":9007199254740993}'), 400],
  ['an escaped NUL', withRaw('description', '"有\\u0000空"'), 400],
  ['a lone surrogate', withRaw('description', '"\\ud83d"'), 400],
  ['a lone low surrogate in a name', withRaw('contact', '{"name":"\\udc00"}'), 400],
  ['depth', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 400],
  ['an array', '[]', 400],
  ['null', 'null', 400],
  ['a string', '"report"', 400],
  ['no JSON', '{"description":', 400],
  ['nothing', '', 400],
  ['trailing text', '{} {}', 400],
  ['too much', JSON.stringify({ ...anyReport, description: 'x'.repeat(70_000) }), 413],
]

t.test('whatever a client sends, it is never our failure and nothing is stored', async (t) => {
  const world = await createApiWorld(t)
  const { call, report, act, db } = world
  const opened = await report()
  const id = opened.body.incidentId
  const rows = async () =>
    (
      await world.pool.query(
        'select (select count(*) from reports)::int r, (select count(*) from events)::int e, (select count(*) from idempotency_keys)::int k',
      )
    ).rows[0]
  const before = await rows()

  await t.test('in a field of a report', async (t) => {
    for (const [field, values] of fields) {
      for (const value of values) {
        const { status, body } = await report({ [field]: value })
        t.equal(status, 400, `${field}: ${JSON.stringify(value)?.slice(0, 60)}`)
        t.ok(
          body.errors.every(({ pointer }) => pointer.startsWith(`/${field}`)),
          'the answer points to the field',
        )
        t.ok(body.errors.length > 0)
      }
    }
    for (const extra of [
      'reporter',
      'state',
      'receivedAt',
      'severity',
      'districtCode',
      'id',
      'Description',
      '',
    ]) {
      const { status, body } = await report({ [extra]: 'x' })
      t.same(
        [status, body.errors[0]?.pointer],
        [400, `/${extra}`],
        `an unknown field ${extra} is refused and not dropped`,
      )
    }
  })

  await t.test('as a body', async (t) => {
    for (const [name, text, expected] of rawBodies) {
      const { status } = await call(resident, 'POST', '/v1/reports', text)
      t.equal(status, expected, name)
      const acted = await call(community, 'POST', `/v1/incidents/${id}/feedback`, text)
      t.ok(acted.status >= 400 && acted.status < 500, `${name} as an action: ${acted.status}`)
    }
  })

  await t.test('as an action’s fields', async (t) => {
    for (const [action, bodies] of Object.entries({
      'report-up': [{ text: '' }, { text: 'x'.repeat(4_001) }, { note: 'x' }, { occurredAt: '2026-11-20' }],
      feedback: [{}, { text: ' ' }, { text: 5 }, { text: 'a', visible: true }],
      whistle: [{}, { lead: '' }, { lead: '单位' }, { lead: ['a', 'b'] }, { lead: "x' --" }],
      arrive: [{ position: { latitude: 91, longitude: 0 } }, { position: [30, 115] }, { lat: 1 }],
      settle: [{}, { text: null }],
      reject: [{}, { reason: 'x' }],
      resolve: [{}],
      close: [{ state: 'received' }],
      reopen: [{}],
    })) {
      for (const body of bodies) {
        const by = action === 'arrive' ? gridWorker : community
        const answer = await act(id, by, action, body)
        t.same(
          [answer.status, answer.body.code],
          [400, 'invalid_request'],
          `${action} ${JSON.stringify(body).slice(0, 60)}`,
        )
      }
    }
  })

  await t.test('in the path and the headers', async (t) => {
    for (const bad of [
      '1',
      'x'.repeat(99),
      "' or 1=1",
      '%00',
      '%ff',
      '..',
      'null',
      `${id}0`,
      '٠١٩٩٠٠٠٠-0000-7000-8000-000000000000',
    ]) {
      for (const url of [`/v1/incidents/${encodeURI(bad)}`, `/v1/reports/${encodeURI(bad)}`]) {
        const { status } = await call(gridWorker, 'GET', url)
        t.ok(status >= 400 && status < 500, `${url}: ${status}`)
      }
      const { status } = await call(community, 'POST', `/v1/incidents/${encodeURI(bad)}/close`, {})
      t.ok(status >= 400 && status < 500, `close ${bad}: ${status}`)
    }
    for (const key of ['', ' ', 'x'.repeat(256), 'schlüssel', '键', 'a b', 'a\tb']) {
      const { status } = await report({}, { headers: { 'idempotency-key': key } })
      t.equal(status, 400, `the key ${JSON.stringify(key.slice(0, 20))}`)
    }
    for (const type of [
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/jsonx',
    ]) {
      t.equal((await report({}, { headers: { 'content-type': type } })).status, 415, type)
    }
    t.equal(
      (await call(resident, 'GET', '/v1/reports/00000000-0000-7000-8000-000000000000/rating')).status,
      405,
    )
  })

  t.same(await rows(), before, 'nothing of all this was stored')
  t.match(
    await db.selectFrom('incidents').select(['revision', 'state']).where('id', '=', id).executeTakeFirst(),
    { revision: 1, state: 'received' },
  )
})
