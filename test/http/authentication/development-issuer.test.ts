import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createAuthentication } from '../../../src/http/authentication/authentication.ts'
import { openDevelopmentIssuer } from '../../../src/http/authentication/development-issuer.ts'
import { keySetFromFile } from '../../../src/http/authentication/key-set.ts'

const now = Date.UTC(2026, 10, 20, 1)
const names = { issuer: 'urn:whistle-report:development', audience: 'whistle-report' }

function open(directory: string) {
  return openDevelopmentIssuer({ directory, environment: 'test', ...names, now: () => now })
}

t.test('tokens of the development issuer are taken by the API', async (t) => {
  const directory = join(t.testdir(), 'keys')
  const issuer = await open(directory)
  const keys = await keySetFromFile(issuer.jwksPath)
  const authenticate = createAuthentication({ keys, ...names, now: () => now })
  const actor = async (request: Parameters<typeof issuer.issueToken>[0]) =>
    authenticate(`Bearer ${await issuer.issueToken(request)}`)
  const lifetimeMs = 3_600_000
  t.same(await actor({ role: 'dispatcher', area: '420202001000', lifetimeMs }), {
    id: 'dispatcher.420202001000',
    role: 'dispatcher',
    areaCode: '420202001000',
  })
  t.same(await actor({ role: 'responder', unit: 'fire-1', sub: 'li', lifetimeMs }), {
    id: 'li',
    role: 'responder',
    unitCode: 'fire-1',
  })
  t.same(await actor({ role: 'resident', lifetimeMs }), { id: 'resident', role: 'resident' })
  await t.rejects(actor({ role: 'resident', lifetimeMs: -10_000 }), { code: 'invalid_token' })
  await t.rejects(actor({ role: 'dispatcher', lifetimeMs }), { code: 'invalid_token' })
})

t.test('the private key is for its owner only, and is not published', async (t) => {
  const directory = join(t.testdir(), 'keys')
  const { jwksPath } = await open(directory)
  t.equal((await stat(join(directory, 'issuer-key.json'))).mode & 0o777, 0o600)
  t.equal((await stat(directory)).mode & 0o777, 0o700)
  const published = JSON.parse(await readFile(jwksPath, 'utf8'))
  t.same(Object.keys(published.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
})

t.test('the key is found again, also by several processes that begin at once', async (t) => {
  const directory = join(t.testdir(), 'keys')
  const issuers = await Promise.all([open(directory), open(directory), open(directory)])
  issuers.push(await open(directory))
  const keys = await keySetFromFile(join(directory, 'jwks.json'))
  const authenticate = createAuthentication({ keys, ...names, now: () => now })
  for (const [n, issuer] of issuers.entries()) {
    const token = await issuer.issueToken({ role: 'resident', sub: `p${n}`, lifetimeMs: 60_000 })
    t.match(await authenticate(`Bearer ${token}`), { id: `p${n}` })
  }
})

t.test('a damaged key file is an error and is not replaced', async (t) => {
  const directory = t.testdir({ 'issuer-key.json': '{"kty":"EC"}' })
  await t.rejects(open(directory))
  await writeFile(join(directory, 'issuer-key.json'), 'garbage')
  await t.rejects(open(directory))
  t.equal(await readFile(join(directory, 'issuer-key.json'), 'utf8'), 'garbage')
})

t.test('there is no development issuer in production', async (t) => {
  const directory = join(t.testdir(), 'keys')
  await t.rejects(
    openDevelopmentIssuer({ directory, environment: 'production', ...names, now: () => now }),
    /no development issuer in production/,
  )
  await t.rejects(stat(directory), { code: 'ENOENT' })
})
