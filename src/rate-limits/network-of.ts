import { isIPv6 } from 'node:net'

const dotted = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i

/**
 * What requests from an address are counted for: an IPv4 address itself; of IPv6 the first 64 bits, because whoever has
 * one address there has all of them (RFC 6177).
 */
export function networkOf(address: string): string {
  // What is no address at all comes from a proxy that is misconfigured; it is counted together.
  return dotted.exec(address)?.[1] ?? firstGroups(address, 4) ?? 'unknown'
}

/** The first 48 bits of an IPv6 address, which is what a site gets at the most (RFC 6177); undefined for any other. */
export function siteOf(address: string): string | undefined {
  return dotted.test(address) ? undefined : firstGroups(address, 3)
}

function firstGroups(address: string, count: number): string | undefined {
  if (!isIPv6(address)) return undefined
  const [bare = ''] = address.split('%')
  const [head = '', tail] = bare.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const left = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  return [...first, ...left, ...last]
    .slice(0, count)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
