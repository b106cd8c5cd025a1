import t from 'tap'
import { z } from 'zod'
import { noteRoute, openHttpServer, pointersOf, problemOf } from './open-http-server.ts'

const json = { 'content-type': 'application/json' }

t.test('a well-formed note is taken, in Chinese too', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const response = await inject({
    method: 'POST',
    url: `/v1/notes/${encodeURIComponent('黄石港区')}?draft=yes`,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    payload: '{"text":"消防通道被堵😀"}',
  })
  t.equal(response.statusCode, 200)
  t.same(response.json(), { text: '消防通道被堵😀', place: '黄石港区' })
})

t.test('unknown parameters are refused, not stripped', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const post = (query: string) =>
    inject({ method: 'POST', url: `/v1/notes/here${query}`, headers: json, payload: '{"text":"x"}' })
  t.same(pointersOf(await post('?drafts=yes')), ['drafts'])
  t.same(pointersOf(await post('?draft=yes&draft=no')), ['draft'])
  t.same(pointersOf(await post('?__proto__=1')), ['__proto__'])
  t.same(pointersOf(await post('?constructor=1&draft=maybe')).sort(), ['constructor', 'draft'])
})

t.test('text that cannot be stored is refused wherever it stands', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const post = (url: string, payload = '{"text":"x"}') =>
    inject({ method: 'POST', url, headers: json, payload })
  t.same(pointersOf(await post('/v1/notes/a%00b')), ['place'])
  t.same(pointersOf(await post('/v1/notes/a?draft=%00')), ['draft'])
  t.same(pointersOf(await post('/v1/notes/a?%00=1')), ['\0'])
  t.same(pointersOf(await post('/v1/notes/a', '{"text":"\\u0000"}')), ['/text'])
  t.same(pointersOf(await post('/v1/notes/a', '{"text":"\\ud800"}')), ['/text'])
  t.equal(problemOf(await post('/v1/notes/a?draft=%ED%A0%80')).code, 'malformed_url')
  t.equal(problemOf(await post('/v1/notes/a?draft=%zz')).code, 'malformed_url')
  t.equal(problemOf(await post('/v1/notes/%E0%A4%A')).code, 'malformed_url')
})

t.test('a body must be JSON, within its limit', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const post = (headers: Record<string, string>, payload: string | Buffer) =>
    inject({ method: 'POST', url: '/v1/notes/here', headers, payload })
  for (const type of [
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'x',
    'application/merge-patch+json',
  ]) {
    t.equal(
      problemOf(await post({ 'content-type': type }, '{"text":"x"}')).code,
      'unsupported_media_type',
      type,
    )
  }
  t.equal(problemOf(await post(json, `{"text":"${'x'.repeat(64 * 1024)}"}`)).code, 'body_too_large')
  t.equal(problemOf(await post(json, '{"text":"x"')).code, 'malformed_json')
  t.equal(problemOf(await post(json, Buffer.from([0x7b, 0xff, 0x7d]))).code, 'malformed_json')
  t.same(pointersOf(await post(json, '')), [''], 'an empty body is a missing one')
  t.same(pointersOf(await post(json, '{"text":"x","text":"y"}')), ['/text'])
  t.same(pointersOf(await post(json, '{"text":"x","at":{"lat":1e400,"lon":0}}')), ['/at/lat'])
  t.same(pointersOf(await post(json, '{"text":"x","__proto__":{"polluted":1}}')), ['/__proto__'])
  t.notOk('polluted' in {})
})

t.test('a route that declares no body takes none', async (t) => {
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.post('/v1/ping', { config: { access: 'public' } }, async () => 'pong')
      },
    ],
  })
  const post = (payload?: string) =>
    inject({ method: 'POST', url: '/v1/ping', ...(payload === undefined ? {} : { headers: json, payload }) })
  t.equal((await post()).statusCode, 200)
  t.equal((await post('{}')).statusCode, 200)
  t.equal((await post('')).statusCode, 200)
  t.same(pointersOf(await post('{"force":true}')), [''])
  t.same(pointersOf(await post('[]')), [''])
  t.same(pointersOf(await post('0')), [''])
})

t.test('addresses have a limit', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  t.equal(problemOf(await inject({ url: `/v1/notes?x=${'x'.repeat(5_000)}` })).code, 'uri_too_long')
  t.equal(
    problemOf(await inject({ method: 'POST', url: `/v1/notes/${'x'.repeat(200)}`, payload: {} })).code,
    'uri_too_long',
  )
})

t.test('a schema that would drop unknown fields stops the start', async (t) => {
  const open = (schema: Record<string, z.ZodType>) =>
    openHttpServer(t, {
      routes: [
        (app) => {
          app.post('/v1/open', { config: { access: 'public' }, schema }, async () => 'never')
        },
      ],
    })
  await t.rejects(open({ body: z.object({ a: z.string() }) }), /POST \/v1\/open body.*strictObject/)
  await t.rejects(open({ querystring: z.object({ a: z.string() }) }), /query/)
  await t.rejects(open({ params: z.object({ a: z.string() }) }), /path/)
  await t.rejects(open({ body: z.strictObject({ a: z.object({ b: z.string() }) }) }), /properties\/a/)
  await t.rejects(open({ body: z.union([z.strictObject({}), z.object({ b: z.string() })]) }), /strictObject/)
  await t.resolves(open({ body: z.strictObject({ a: z.record(z.string(), z.string()) }) }))
})

t.test('a request id of an acceptable shape is kept, any other is replaced', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const idFor = async (id: string) =>
    (await inject({ url: '/x', headers: { 'x-request-id': id } })).headers['x-request-id']
  t.equal(await idFor('app-1.2_3'), 'app-1.2_3')
  t.equal(await idFor('x'.repeat(64)), 'x'.repeat(64))
  for (const id of ['', 'a b', '张三', 'x'.repeat(65), '"><script>', 'a\tb']) {
    t.match(await idFor(id), /^[0-9a-f-]{36}$/, JSON.stringify(id))
  }
})

t.test('a request knows when it arrived, on a clock that only goes forward', async (t) => {
  const arrivals: number[] = []
  const { inject } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get('/v1/when', { config: { access: 'public' } }, async (request) => {
          arrivals.push(request.arrivedAt, performance.now())
          return 'then'
        })
      },
    ],
  })
  const before = performance.now()
  await inject({ url: '/v1/when' })
  await inject({ url: '/v1/when' })
  t.same(
    arrivals,
    [...arrivals].sort((a, b) => a - b),
  )
  t.ok((arrivals[0] ?? 0) >= before)
})
