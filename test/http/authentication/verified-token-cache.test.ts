import t from 'tap'
import { createVerifiedTokenCache } from '../../../src/http/authentication/verified-token-cache.ts'

const actor = { id: 'a', role: 'resident' } as const

t.test('the cache holds ten thousand tokens and drops the least recently used', async (t) => {
  const cache = createVerifiedTokenCache()
  for (let n = 0; n < 10_000; n += 1) cache.remember(`token-${n}`, actor, 0, 60_000)
  t.equal(cache.size, 10_000)
  t.ok(cache.find('token-0', 1), 'used again, and so the youngest')
  cache.remember('token-10000', actor, 1, 60_000)
  t.equal(cache.size, 10_000)
  t.ok(cache.find('token-0', 1))
  t.equal(cache.find('token-1', 1), undefined)
})

t.test('an entry ends at the token’s expiry or after five minutes, whichever is first', async (t) => {
  const cache = createVerifiedTokenCache()
  cache.remember('short', actor, 0, 1_000)
  t.ok(cache.find('short', 999))
  t.equal(cache.find('short', 1_000), undefined)
  cache.remember('long', actor, 0, 3_600_000)
  t.ok(cache.find('long', 299_999))
  t.equal(cache.find('long', 300_000), undefined)
  cache.remember('expired', actor, 5_000, 5_000)
  t.equal(cache.size, 0)
})
