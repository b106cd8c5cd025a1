import { createHash } from 'node:crypto'
import type { Instant } from '../domain/instant.ts'
import { inShanghai } from '../wording/shanghai-time.ts'

/** Crockford's alphabet: no I, L, O or U, so that a number read over the telephone arrives unchanged. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const randomLength = 8

/**
 * The number that people say: district, day of receipt in Shanghai, and eight characters drawn from the incident's id,
 * such as `420202-20261121-7K3QX9TD`. Two incidents of one district and day share the eight characters once in 2^40
 * pairs; the table's unique constraint then refuses the second, and the client's retry draws another id.
 */
export function incidentNumber(districtCode: string, receivedAt: Instant, incidentId: string): string {
  const digest = createHash('sha256').update(incidentId).digest()
  const characters = Array.from({ length: randomLength }, (_, index) =>
    alphabet.charAt((digest[index] ?? 0) % alphabet.length),
  )
  const day = inShanghai(receivedAt).slice(0, 10).replaceAll('-', '')
  return `${districtCode.slice(0, 6)}-${day}-${characters.join('')}`
}
