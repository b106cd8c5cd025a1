import { isIPv6 } from 'node:net'

const dotted = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i

/**
 * What requests from an address are counted for: an IPv4 address itself; of IPv6 the first 64 bits, because whoever has
 * one address there has all of them (RFC 6177).
 */
export function networkOf(address: string): string {
  const ipv4 = dotted.exec(address)?.[1]
  if (ipv4 !== undefined) return ipv4
  // What is no address at all comes from a proxy that is misconfigured; it is counted together.
  if (!isIPv6(address)) return 'unknown'
  const [bare = ''] = address.split('%')
  const [head = '', tail] = bare.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const left = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...left, ...last]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
