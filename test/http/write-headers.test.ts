import t from 'tap'
import { z } from 'zod'
import { instantIn, instantOut } from '../../src/http/instant-schema.ts'
import { entityTag, writeHeaders } from '../../src/http/write-headers.ts'
import { openHttpServer, pointersOf } from './open-http-server.ts'

t.test('a POST that writes needs an idempotency key of visible ASCII', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.post(
          '/v1/write',
          { config: { access: 'public' }, schema: { headers: writeHeaders } },
          async (request) => ({
            key: request.headers['idempotency-key'],
            revision: request.headers['if-match'] ?? null,
            // Headers outside of the schema are still there.
            agent: request.headers['user-agent'] ?? null,
          }),
        )
      },
    ],
  })
  const post = (headers: Record<string, string>) => inject({ method: 'POST', url: '/v1/write', headers })
  t.same((await post({ 'idempotency-key': 'k-1', 'user-agent': 'phone' })).json(), {
    key: 'k-1',
    revision: null,
    agent: 'phone',
  })
  t.match((await post({ 'Idempotency-Key': '~'.repeat(255), 'if-match': '"12"' })).json(), { revision: 12 })
  t.same(pointersOf(await post({})), ['idempotency-key'])
  for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'é']) {
    t.same(pointersOf(await post({ 'idempotency-key': key })), ['idempotency-key'], JSON.stringify(key))
  }
  for (const tag of ['12', 'W/"12"', '"x"', '"12", "13"', '*', '"-1"', '"1234567890123456"', '']) {
    t.same(
      pointersOf(await post({ 'idempotency-key': 'k', 'if-match': tag })),
      ['if-match'],
      JSON.stringify(tag),
    )
  }
})

t.test('an ETag is the revision in quotes', async (t) => {
  t.equal(entityTag(12), '"12"')
  t.equal(writeHeaders.parse({ 'idempotency-key': 'k', 'if-match': entityTag(12) })['if-match'], 12)
})

t.test('a time comes in with its offset and goes out in UTC', async (t) => {
  const at = Date.UTC(2026, 10, 20, 1, 2, 3, 456)
  t.equal(instantIn.parse('2026-11-20T09:02:03.456+08:00'), at)
  t.equal(instantIn.parse('2026-11-20T01:02:03.456Z'), at)
  t.equal(instantOut.parse(at), '2026-11-20T01:02:03.456Z')
  const schema = z.strictObject({ at: instantIn })
  for (const text of [
    '2026-11-20T09:02:03',
    '2026-11-20',
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '1969-12-31T23:59:59Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20 09:02:03+08:00',
    '1700000000000',
    '',
    `2026-11-20T01:02:03.${'0'.repeat(100)}Z`,
  ]) {
    t.notOk(schema.safeParse({ at: text }).success, text)
  }
})
