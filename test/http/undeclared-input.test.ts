import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { z } from 'zod'
import { actorOfClaims } from '../../src/http/authentication/token-claims.ts'
import type { RoutePlugin } from '../../src/http/http-server.ts'
import { answerPage, pageOf, pageQuery } from '../../src/http/paging.ts'
import { noteRoute, openHttpServer, pointersOf, problemOf } from './open-http-server.ts'

const plainRoutes: RoutePlugin = (app) => {
  const schema = { response: { 200: z.object({}) } }
  app.get('/open', { config: { access: 'public' }, schema }, async () => ({}))
  app.get('/closed', { config: { access: { roles: ['grid_worker'] } }, schema }, async () => ({}))
}

t.test('a parameter that a route knows nothing of is refused, but for probes', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [plainRoutes] })
  t.equal((await inject({ url: '/closed' })).statusCode, 200)
  t.same(pointersOf(await inject({ url: '/closed?areaCode=1&areaCode=2&x=' })), ['areaCode', 'x'])
  t.same(pointersOf(await inject({ url: '/closed?__proto__=1' })), ['__proto__'])
  t.equal((await inject({ url: '/open?stamp=1' })).statusCode, 200)
  t.equal(problemOf(await inject({ url: '/nothing?x=1' })).code, 'route_not_found')
})

t.test('a body in another charset, or compressed, is refused and not guessed at', async (t) => {
  const { inject } = await openHttpServer(t, { routes: [noteRoute] })
  const post = (headers: Record<string, string>, payload: string | Buffer = '{"text":"x"}') =>
    inject({ method: 'POST', url: '/v1/notes/here', headers, payload })
  for (const type of ['application/json; charset="UTF-8"', 'application/json;charset=utf8']) {
    t.equal((await post({ 'content-type': type, 'content-encoding': 'identity' })).statusCode, 200, type)
  }
  // 模 in GBK is also a letter in UTF-8.
  const gbk = Buffer.from([...Buffer.from('{"text":"'), 0xc4, 0xa3, ...Buffer.from('"}')])
  const refused = await post({ 'content-type': 'application/json; charset=gbk' }, gbk)
  t.equal(problemOf(refused).code, 'unsupported_media_type')
  t.ok(problemOf(refused).detail)
  const utf16 = await post({ 'content-type': 'application/json; a=b; Charset=utf-16' })
  t.equal(problemOf(utf16).code, 'unsupported_media_type')
  const zipped = await post({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
  t.equal(problemOf(zipped).code, 'unsupported_media_type')
})

t.test('the link to the next page keeps a question mark within the query', async (t) => {
  const listRoute: RoutePlugin = (app) => {
    app.get(
      '/list',
      {
        config: { access: 'public' },
        schema: {
          querystring: z.strictObject({ name: z.string(), ...pageQuery(z.int32()) }),
          response: { 200: pageOf(z.string()) },
        },
      },
      async (request, reply) => answerPage(request, reply, { items: ['x'], next: 1 }),
    )
  }
  const { inject } = await openHttpServer(t, { routes: [listRoute] })
  const { headers } = await inject({ url: '/list?name=a?b&limit=1' })
  t.match(headers.link, 'name=a%3Fb&limit=1&cursor=')
})

t.test('what Node would answer by itself is a problem document too', async (t) => {
  const { app } = await openHttpServer(t, { routes: [plainRoutes] })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  const exchange = async (request: string): Promise<string> => {
    const socket = connect(address.port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    socket.write(request)
    await once(socket, 'close')
    return answer
  }

  const hostless = await exchange('GET /open HTTP/1.1\r\nConnection: close\r\n\r\n')
  t.match(hostless, /^HTTP\/1\.1 400 /)
  t.match(hostless, 'application/problem+json')
  t.match(await exchange('GET /open HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /, 'HTTP/1.0 knows no Host')
  const expecting = await exchange(
    'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: wonders\r\n\r\n',
  )
  t.match(expecting, /^HTTP\/1\.1 404 /)
  t.match(expecting, 'application/problem+json')
})

t.test('no token acts under the names that the system has in the audit trail', async (t) => {
  const claims = { role: 'administrator', area: '420200000000' }
  t.equal(actorOfClaims({ ...claims, sub: 'system:seed' }), undefined)
  t.equal(actorOfClaims({ ...claims, sub: 'reporter:01990000-0000-7000-8000-000000000001' }), undefined)
  t.equal(actorOfClaims({ ...claims, sub: 'systems-desk' })?.id, 'systems-desk')
})
