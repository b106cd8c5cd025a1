import t from 'tap'
import { networkOf, siteOf } from '../../src/rate-limits/network-of.ts'

t.test('an address is counted by its network', async (t) => {
  for (const [address, network] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2'],
    ['2001:db8:1:3::1', '2001:db8:1:3'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0'],
    ['', 'unknown'],
    ['unknown', 'unknown'],
    ['203.0.113.7:4711', 'unknown'],
    ["'; drop table reports; --", 'unknown'],
  ] as const)
    t.equal(networkOf(address), network, address)
})

t.test('and an IPv6 address by its site, too', async (t) => {
  for (const [address, site] of [
    ['2001:db8:1:2::1', '2001:db8:1'],
    ['2001:0DB8:0001:ffff::', '2001:db8:1'],
    ['2001:db8::1', '2001:db8:0'],
    ['203.0.113.7', undefined],
    ['::ffff:203.0.113.7', undefined],
    ['unknown', undefined],
    ['', undefined],
  ] as const)
    t.equal(siteOf(address), site, address)
})
