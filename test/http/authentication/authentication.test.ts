import { createHmac } from 'node:crypto'
import { createLocalJWKSet, exportSPKI } from 'jose'
import t from 'tap'
import { createAuthentication } from '../../../src/http/authentication/authentication.ts'
import { Problem } from '../../../src/http/problems/problem.ts'
import { audience, createIssuerKey, issuer, signToken } from './issue-tokens.ts'

const start = Date.UTC(2026, 10, 20, 1)
const es256 = await createIssuerKey('ES256', 'k1')
const eddsa = await createIssuerKey('EdDSA', 'k2')
const rs256 = await createIssuerKey('RS256', 'k3')
const stranger = await createIssuerKey('ES256', 'k1')

/** An authentication whose clock a test moves. */
function open() {
  const clock = { now: start }
  const keys = createLocalJWKSet({ keys: [es256.published, eddsa.published, rs256.published] })
  const authenticate = createAuthentication({ keys, issuer, audience, now: () => clock.now })
  return { clock, authenticate, bearer: (token: string) => authenticate(`Bearer ${token}`) }
}

/** The code and WWW-Authenticate header of the refusal of an Authorization header. */
async function refusalOf(authorization: string | undefined): Promise<{ code: string; challenge: string }> {
  try {
    await open().authenticate(authorization)
    return { code: 'accepted', challenge: '' }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, challenge: error.headers['www-authenticate'] ?? '' }
  }
}

async function refusalOfToken(token: string): Promise<string> {
  return (await refusalOf(`Bearer ${token}`)).code
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

t.test('a token of the issuer is taken, with each allowed algorithm', async (t) => {
  const { bearer } = open()
  for (const key of [es256, eddsa, rs256]) {
    t.same(await bearer(await signToken(key, { now: start })), {
      id: 'worker-1',
      role: 'grid_worker',
      areaCode: '420202001001',
    })
  }
  const { authenticate } = open()
  const token = await signToken(es256, { now: start })
  t.match(await authenticate(`bearer  ${token}`), { id: 'worker-1' }, 'the scheme’s case does not count')
})

t.test('each role needs its own scope', async (t) => {
  const { bearer } = open()
  const actor = async (claims: object) => bearer(await signToken(es256, { now: start, claims }))
  t.same(await actor({ role: 'resident', area: undefined }), { id: 'worker-1', role: 'resident' })
  t.same(await actor({ role: 'resident' }), { id: 'worker-1', role: 'resident', areaCode: '420202001001' })
  t.same(await actor({ role: 'responder', unit: 'fire-1' }), {
    id: 'worker-1',
    role: 'responder',
    unitCode: 'fire-1',
  })
  for (const role of ['dispatcher', 'grid_worker', 'auditor', 'administrator']) {
    t.match(await actor({ role }), { role, areaCode: '420202001001' })
  }
  const refused: object[] = [
    { role: 'dispatcher', area: undefined },
    { role: 'administrator', area: '' },
    { role: 'auditor', area: 420202001001 },
    { role: 'auditor', area: ['420202001001'] },
    { role: 'grid_worker', area: "4202' or 1=1" },
    { role: 'responder', area: '420202001001', unit: undefined },
    { role: 'root' },
    { role: ['administrator'] },
    { role: undefined },
    { sub: '' },
    { sub: 'a b' },
    { sub: 'x'.repeat(256) },
    { sub: '张三' },
  ]
  for (const claims of refused) {
    t.equal(
      await refusalOfToken(await signToken(es256, { now: start, claims })),
      'invalid_token',
      JSON.stringify(claims),
    )
  }
})

t.test('a request without a token is told so and nothing else', async (t) => {
  for (const authorization of [undefined, '', 'Basic eDp5', 'Digest x', 'Bearerx y']) {
    t.same(await refusalOf(authorization), {
      code: 'unauthenticated',
      challenge: 'Bearer realm="whistle-report"',
    })
  }
})

t.test('garbage is refused as an invalid token', async (t) => {
  const good = await signToken(es256, { now: start })
  const [header = '', payload = '', signature = ''] = good.split('.')
  const tokens = [
    '',
    ' ',
    'x',
    'a.b.c',
    '..',
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${good}.x`,
    `${good} ${good}`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    good.slice(0, -4),
    '\u0000',
    'é',
    `${header}.${base64url({ sub: 'x', role: 'administrator', area: '1' })}.${signature}`,
  ]
  for (const token of tokens) {
    const { code, challenge } = await refusalOf(`Bearer ${token}`)
    t.equal(code, 'invalid_token', JSON.stringify(token.slice(0, 30)))
    t.match(challenge, /^Bearer realm="whistle-report", error="invalid_token", error_description="[ -~]+"$/)
  }
})

t.test('a huge token is refused before any work', async (t) => {
  const { bearer } = open()
  const begin = performance.now()
  await t.rejects(bearer('x'.repeat(8_193)), { code: 'invalid_token' })
  await t.rejects(bearer(`${'x'.repeat(10_000_000)}`), { code: 'invalid_token' })
  t.ok(performance.now() - begin < 500)
})

t.test('no forged token is taken', async (t) => {
  const claims = {
    sub: 'x',
    role: 'administrator',
    area: '420000000000',
    iss: issuer,
    aud: audience,
    iat: start / 1000,
    exp: start / 1000 + 600,
  }
  const unsigned = (header: object) => `${base64url(header)}.${base64url(claims)}.`
  const withSecret = (secret: string | Buffer, header: object) => {
    const input = `${base64url(header)}.${base64url(claims)}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const pem = await exportSPKI(rs256.pair.publicKey)
  const forged: Record<string, string> = {
    'alg none': unsigned({ alg: 'none', typ: 'at+jwt' }),
    'alg None': unsigned({ alg: 'None', typ: 'at+jwt', kid: 'k1' }),
    'no alg': unsigned({ typ: 'at+jwt', kid: 'k1' }),
    'HS256 with the public key as PEM': withSecret(pem, { alg: 'HS256', typ: 'at+jwt', kid: 'k3' }),
    'HS256 with the public key as JWK': withSecret(JSON.stringify(rs256.published), {
      alg: 'HS256',
      typ: 'at+jwt',
      kid: 'k3',
    }),
    'HS256 with nothing': withSecret('', { alg: 'HS256', typ: 'at+jwt' }),
    'a stranger’s key under our kid': await signToken(stranger, { now: start }),
    'an unknown kid': await signToken(stranger, { now: start, header: { kid: 'k9' } }),
    'a kid that looks like a path': await signToken(stranger, {
      now: start,
      header: { kid: '../../dev/null' },
    }),
    'a key brought along': await signToken(stranger, { now: start, header: { jwk: stranger.published } }),
    'an address of keys brought along': await signToken(stranger, {
      now: start,
      header: { jku: 'http://127.0.0.1:9/k' },
    }),
    'a certificate brought along': await signToken(stranger, {
      now: start,
      header: { x5u: 'http://127.0.0.1:9/k', x5c: ['AAAA'] },
    }),
    'an unknown critical extension': `${base64url({ alg: 'ES256', typ: 'at+jwt', kid: 'k1', crit: ['x'], x: 1 })}.${base64url(claims)}.AAAA`,
    'the right key for another algorithm': `${base64url({ alg: 'RS256', typ: 'at+jwt', kid: 'k1' })}.${(await signToken(es256, { now: start })).split('.').slice(1).join('.')}`,
  }
  for (const [name, token] of Object.entries(forged))
    t.equal(await refusalOfToken(token), 'invalid_token', name)
})

t.test('a token for someone else, of someone else or of another kind is refused', async (t) => {
  const changes: { claims?: object; header?: object }[] = [
    { claims: { aud: 'another-service' } },
    { claims: { aud: undefined } },
    { claims: { iss: 'https://other.example' } },
    { claims: { iss: undefined } },
    { claims: { exp: undefined } },
    { claims: { exp: 'tomorrow' } },
    { claims: { sub: undefined } },
    { claims: { nbf: start / 1000 + 60 } },
    { header: { typ: 'JWT' } },
    { header: { typ: undefined } },
    { header: { typ: 'id+jwt' } },
  ]
  for (const change of changes) {
    t.equal(
      await refusalOfToken(await signToken(es256, { now: start, ...change })),
      'invalid_token',
      JSON.stringify(change),
    )
  }
})

t.test('a token ends with its exp, give or take five seconds, also one that was taken before', async (t) => {
  const { clock, bearer } = open()
  const token = await signToken(es256, { now: start, claims: { exp: start / 1000 + 60 } })
  t.ok(await bearer(token))
  clock.now = start + 60_000 + 4_999
  t.ok(await bearer(token))
  clock.now = start + 60_000 + 5_001
  await t.rejects(bearer(token), {
    code: 'invalid_token',
    headers: { 'www-authenticate': /The token has expired/ },
  })
})

t.test(
  'a remembered token is forgotten after five minutes, so that a withdrawn key stops working',
  async (t) => {
    const clock = { now: start }
    let published = [es256.published]
    const authenticate = createAuthentication({
      keys: (header, token) => createLocalJWKSet({ keys: published })(header, token),
      issuer,
      audience,
      now: () => clock.now,
    })
    const token = `Bearer ${await signToken(es256, { now: start, claims: { exp: start / 1000 + 3_600 } })}`
    t.ok(await authenticate(token))
    published = [eddsa.published]
    clock.now = start + 299_999
    t.ok(await authenticate(token))
    clock.now = start + 300_000
    await t.rejects(authenticate(token), { code: 'invalid_token' })
  },
)

t.test('a token is verified once, and no other token profits from it', async (t) => {
  let verifications = 0
  const local = createLocalJWKSet({ keys: [es256.published] })
  const authenticate = createAuthentication({
    keys: (header, token) => {
      verifications += 1
      return local(header, token)
    },
    issuer,
    audience,
    now: () => start,
  })
  const token = await signToken(es256, { now: start })
  for (let n = 0; n < 20; n += 1) await authenticate(`Bearer ${token}`)
  t.equal(verifications, 1)
  await t.rejects(authenticate(`Bearer ${token.slice(0, -2)}`), { code: 'invalid_token' })
  t.equal(verifications, 2)
})

t.test('verification that fails for a reason of ours is not held against the token', async (t) => {
  const authenticate = createAuthentication({
    keys: () => {
      throw new Problem('keys_unavailable')
    },
    issuer,
    audience,
    now: () => start,
  })
  await t.rejects(authenticate(`Bearer ${await signToken(es256, { now: start })}`), {
    code: 'keys_unavailable',
  })
})
