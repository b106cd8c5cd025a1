import { createServer, type Server } from 'node:http'
import t, { type Test } from 'tap'
import { createAuthentication } from '../../../src/http/authentication/authentication.ts'
import { keySetFromFile, remoteKeySet } from '../../../src/http/authentication/key-set.ts'
import { noteRoute, openHttpServer, problemOf } from '../open-http-server.ts'
import { audience, createIssuerKey, type IssuerKey, issuer, signToken } from './issue-tokens.ts'

/** An issuer's JWKS address whose answer a test changes. */
async function openJwksServer(t: Test, keys: readonly IssuerKey[]) {
  const state = { status: 200, body: JSON.stringify({ keys: keys.map((key) => key.published) }), requests: 0 }
  const server: Server = createServer((_request, response) => {
    state.requests += 1
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(state.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return { state, server, url: new URL(`http://127.0.0.1:${address.port}/jwks.json`) }
}

function open(url: URL) {
  const clock = { now: Date.now() }
  const now = () => clock.now
  const authenticate = createAuthentication({ keys: remoteKeySet({ url, now }), issuer, audience, now })
  return { clock, bearer: (token: string) => authenticate(`Bearer ${token}`), authenticate }
}

t.test('keys are fetched once and then used for every token', async (t) => {
  const key = await createIssuerKey('ES256', 'k1')
  const { state, url } = await openJwksServer(t, [key])
  const { bearer, clock } = open(url)
  await Promise.all(
    ['a', 'b', 'c'].map(async (sub) =>
      t.match(await bearer(await signToken(key, { now: clock.now, claims: { sub } })), { id: sub }),
    ),
  )
  t.equal(state.requests, 1)
})

t.test('forged kids do not flood the issuer', async (t) => {
  const key = await createIssuerKey('ES256', 'k1')
  const stranger = await createIssuerKey('ES256', 'k2')
  const { state, url } = await openJwksServer(t, [key])
  const { bearer, clock } = open(url)
  for (let n = 0; n < 20; n += 1) {
    const token = await signToken(stranger, { now: clock.now, header: { kid: `forged-${n}` } })
    await t.rejects(bearer(token), { code: 'invalid_token' })
  }
  t.equal(state.requests, 1)
})

t.test('an issuer that cannot be reached is 503 with Retry-After, not the token’s fault', async (t) => {
  const key = await createIssuerKey('ES256', 'k1')
  const { state, server, url } = await openJwksServer(t, [key])
  for (const [status, body] of [
    [500, 'oops'],
    [200, 'not json'],
    [200, '{"keys":7}'],
    [302, ''],
  ] as const) {
    state.status = status
    state.body = body
    const { bearer, clock } = open(url)
    await t.rejects(
      bearer(await signToken(key, { now: clock.now })),
      { code: 'keys_unavailable' },
      `${status} ${body}`,
    )
  }
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  const { authenticate, clock } = open(url)
  const { inject } = await openHttpServer(t, {
    authenticate,
    routes: [
      noteRoute,
      (app) => {
        app.get(
          '/v1/mine',
          { config: { access: { roles: ['grid_worker'] } } },
          async (request) => request.actor.id,
        )
      },
    ],
  })
  const token = await signToken(key, { now: clock.now })
  const response = await inject({ url: '/v1/mine', headers: { authorization: `Bearer ${token}` } })
  t.equal(problemOf(response).code, 'keys_unavailable')
  t.equal(response.statusCode, 503)
  t.equal(response.headers['retry-after'], '5')
})

t.test('after a failed fetch the issuer is left alone for five seconds', async (t) => {
  const key = await createIssuerKey('ES256', 'k1')
  const { state, url } = await openJwksServer(t, [key])
  const { bearer, clock } = open(url)
  const good = state.body
  state.status = 500
  const token = await signToken(key, { now: clock.now })
  for (let n = 0; n < 5; n += 1) await t.rejects(bearer(token), { code: 'keys_unavailable' })
  t.equal(state.requests, 1)
  state.status = 200
  state.body = good
  clock.now += 4_999
  await t.rejects(bearer(token), { code: 'keys_unavailable' })
  clock.now += 1
  t.match(await bearer(token), { id: 'worker-1' })
})

t.test('keys are read from a file in development', async (t) => {
  const key = await createIssuerKey('EdDSA', 'k1')
  const directory = t.testdir({
    'jwks.json': JSON.stringify({ keys: [key.published] }),
    'empty.json': '{"keys":[]}',
    'broken.json': '{',
  })
  const now = () => Date.now()
  const keys = await keySetFromFile(`${directory}/jwks.json`)
  const authenticate = createAuthentication({ keys, issuer, audience, now })
  t.match(await authenticate(`Bearer ${await signToken(key, { now: now() })}`), { id: 'worker-1' })
  for (const file of ['missing.json', 'empty.json', 'broken.json']) {
    await t.rejects(keySetFromFile(`${directory}/${file}`), file)
  }
})
