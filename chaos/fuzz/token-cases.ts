import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** The issuer whose tokens the service takes, for making tokens that it must not take. */
export interface Issuer {
  readonly privateKey: KeyObject
  readonly publicJwk: object
  readonly kid: string
  readonly issuer: string
  readonly audience: string
}

export interface TokenCase {
  readonly name: string
  /** The whole Authorization header; undefined sends none. */
  readonly authorization: string | undefined
}

const lifetimeSeconds = 12 * 60 * 60

/** A token that is right in every way, changed where a case says so. `undefined` leaves a claim out. */
export function signToken(
  { privateKey, kid, issuer, audience }: Issuer,
  claims: object,
  header: object = {},
  key: KeyObject = privateKey,
): string {
  const now = Math.floor(Date.now() / 1000)
  const head = { alg: 'ES256', typ: 'at+jwt', kid, ...header }
  const payload = { iss: issuer, aud: audience, iat: now, exp: now + lifetimeSeconds, ...claims }
  const signed = `${encoded(head)}.${encoded(payload)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Authorization headers that must let nobody in: malformed, forged, expired, meant for others, or about nobody. */
export function tokenCases(issuer: Issuer, claims: Readonly<Record<string, unknown>>): TokenCase[] {
  const now = Math.floor(Date.now() / 1000)
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const right = signToken(issuer, claims)
  const [head = '', payload = '', signature = ''] = right.split('.')
  const secret = JSON.stringify(issuer.publicJwk)
  const unsigned = (header: object) => `${encoded({ typ: 'at+jwt', kid: issuer.kid, ...header })}.${payload}`
  const withHmac = (text: string) =>
    `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  const administrator = encoded({ ...claims, role: 'administrator', area: '420200000000', exp: now + 600 })
  const otherKey = { jwk: other.publicKey.export({ format: 'jwk' }) }

  const changed: [string, object, object?, KeyObject?][] = [
    ['expired', { exp: now - 60 }],
    ['expired long ago', { exp: 1 }],
    ['expiry as a text', { exp: 'never' }],
    ['no expiry', { exp: undefined }],
    ['expiry of null', { exp: null }],
    ['negative expiry', { exp: -1 }],
    ['valid from tomorrow', { nbf: now + 86_400 }],
    ['another audience', { aud: 'other-service' }],
    ['audience of the issuer', { aud: issuer.issuer }],
    ['no audience', { aud: undefined }],
    ['audience as an empty list', { aud: [] }],
    ['audience as an object', { aud: { 0: issuer.audience } }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['subject of the system', { sub: 'system:settle' }],
    ['subject of a reporter without a name', { sub: 'reporter:01990000-0000-7000-8000-000000000001' }],
    ['subject with a line break', { sub: 'a\nb' }],
    ['subject of 300 characters', { sub: 'x'.repeat(300) }],
    ['subject as a number', { sub: 7 }],
    ['subject in Chinese', { sub: '张三' }],
    ['no role', { role: undefined }],
    ['unknown role', { role: 'root' }],
    ['several roles', { role: ['resident', 'administrator'] }],
    ['role in capitals', { role: 'ADMINISTRATOR' }],
    ['role __proto__', { role: '__proto__' }],
    ['dispatcher without an area', { role: 'dispatcher', area: undefined }],
    ['area with a wildcard', { role: 'dispatcher', area: '%' }],
    ['area as a list', { role: 'dispatcher', area: ['420202000000'] }],
    ['area with a quote', { role: 'dispatcher', area: "4202' or '1'='1" }],
    ['responder without a unit', { role: 'responder', unit: undefined, area: '420202000000' }],
    ['type JWT', {}, { typ: 'JWT' }],
    ['no type', {}, { typ: undefined }],
    ['type of an identity token', {}, { typ: 'id_token+jwt' }],
    ['unknown key id', {}, { kid: 'no-such-key' }],
    ['key id that is a path', {}, { kid: '../../../../dev/null' }],
    ['key id with a quote', {}, { kid: "x' or 1=1--" }],
    ['critical extension', {}, { crit: ['x'], x: 1 }],
    ['algorithm ES384 in the header', {}, { alg: 'ES384' }],
    ['algorithm RS256 in the header', {}, { alg: 'RS256' }],
    ['algorithm as a list', {}, { alg: ['ES256'] }],
    ['signed by another key', {}, {}, other.privateKey],
    ['its own key in the header', {}, { kid: undefined, ...otherKey }, other.privateKey],
    ['its own key beside ours', {}, otherKey, other.privateKey],
    ['jku', {}, { kid: 'x', jku: 'http://127.0.0.1:1/keys' }, other.privateKey],
    ['x5u', {}, { kid: 'x', x5u: 'http://127.0.0.1:1/cert' }, other.privateKey],
  ]
  const cases: [string, string | undefined][] = [
    ['no header', undefined],
    ['nothing', ''],
    ['only the scheme', 'Bearer'],
    ['the scheme and a space', 'Bearer '],
    ['another scheme', `Basic ${Buffer.from('admin:admin').toString('base64')}`],
    ['a token without its scheme', right],
    ['two tokens', `Bearer ${right} ${right}`],
    ['two tokens and a comma', `Bearer ${right}, Bearer ${right}`],
    ['words', 'Bearer not a token'],
    ['dots', 'Bearer ..'],
    ['four parts', `Bearer ${right}.x`],
    ['two parts', `Bearer ${head}.${payload}`],
    ['no signature', `Bearer ${head}.${payload}.`],
    ['no payload', `Bearer ${head}..${signature}`],
    ['payload of an administrator', `Bearer ${head}.${administrator}.${signature}`],
    ['a signature of zeros', `Bearer ${head}.${payload}.${Buffer.alloc(64).toString('base64url')}`],
    [
      'a signature in DER',
      `Bearer ${head}.${payload}.${Buffer.from('30060201010201', 'hex').toString('base64url')}`,
    ],
    ['an empty object', `Bearer ${encoded({})}.${encoded({})}.`],
    ['algorithm none', `Bearer ${unsigned({ alg: 'none' })}.`],
    ['algorithm None', `Bearer ${unsigned({ alg: 'None' })}.`],
    ['algorithm none, signed', `Bearer ${unsigned({ alg: 'none' })}.${signature}`],
    ['HS256 by the public key', `Bearer ${withHmac(unsigned({ alg: 'HS256' }))}`],
    ['no algorithm', `Bearer ${unsigned({})}.${signature}`],
    ['9,000 characters', `Bearer ${'x'.repeat(9_000)}`],
    [
      'an encrypted token',
      'Bearer eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..QUFBQUFBQUFBQUFB.QQ.QUFBQUFBQUFBQUFBQUFBQQ',
    ],
    ['non-ASCII', 'Bearer \xe5\x90\xb9'],
    ...changed.map(([name, claim, header, key]): [string, string] => [
      name,
      `Bearer ${signToken(issuer, { ...claims, ...claim }, header, key)}`,
    ]),
  ]
  return cases.map(([name, authorization]) => ({ name: `token: ${name}`, authorization }))
}
