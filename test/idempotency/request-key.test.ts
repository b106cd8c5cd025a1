import { createHash } from 'node:crypto'
import t from 'tap'
import { canonicalJson } from '../../src/audit/canonical-json.ts'
import { requestKeyOf, storedKey } from '../../src/idempotency/request-key.ts'
import { anyReport, createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

const keyOf = (method: string, url: string, submittedBody: unknown, key = 'k-1') =>
  requestKeyOf({
    method,
    url,
    actor: worldActors.resident,
    headers: { 'idempotency-key': key },
    submittedBody,
  })

t.test('the fingerprint is the key, method, path and body, however the body is written', async (t) => {
  const print = (...asked: Parameters<typeof keyOf>) => keyOf(...asked).fingerprint.toString('hex')
  const same = print('POST', '/v1/reports', { a: 1, b: ['吹哨', 2] })
  t.match(same, /^[0-9a-f]{64}$/)
  t.equal(print('POST', '/v1/reports', { b: ['吹哨', 2], a: 1 }), same)
  const others = [
    print('PUT', '/v1/reports', { a: 1, b: ['吹哨', 2] }),
    print('POST', '/v1/report', { a: 1, b: ['吹哨', 2] }),
    print('POST', '/v1/reports', { a: 1, b: [2, '吹哨'] }),
    print('POST', '/v1/reports', { a: '1', b: ['吹哨', 2] }),
    print('POST', '/v1/reports', { a: 1 }),
    print('POST', '/v1/reports', {}),
    print('POST', '/v1/reports', undefined),
    print('POST', '/v1/reports', { a: 1, b: ['吹哨', 2] }, 'k-2'),
  ]
  t.equal(new Set([same, ...others]).size, others.length + 1)
})

t.test('a key is scoped to its caller', async (t) => {
  t.equal(keyOf('POST', '/v1/reports', {}).principal, worldActors.resident.id)
})

t.test('nothing that is stored of a request can be guessed from its body', async (t) => {
  const { report, owner } = await createApiWorld(t)
  const key = '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11'
  t.equal((await report({}, { key })).status, 201)
  const { rows } = await owner.pool.query('select * from idempotency_keys')
  t.equal(rows.length, 1)
  t.notOk(JSON.stringify(rows).includes(key), 'the secret is not there')
  t.equal(rows[0].key, storedKey(key))
  const guess = canonicalJson(['POST', '/v1/reports', anyReport])
  t.not(rows[0].fingerprint.toString('hex'), createHash('sha256').update(guess).digest('hex'))
})
