import { z } from 'zod'
import { bilingual } from '../wording/wording.ts'
import { documentedAs } from './documented-as.ts'

/** How many characters a client's key may have (draft-ietf-httpapi-idempotency-key-header-07 leaves it to us). */
const keyLengthMax = 255

const idempotencyKey = z
  .string()
  .regex(
    new RegExp(`^[\\x21-\\x7E]{1,${keyLengthMax}}$`),
    bilingual(
      '幂等键须为 1 至 255 个可见 ASCII 字符',
      'The idempotency key must be 1 to 255 visible ASCII characters',
    ),
  )
  .meta({
    description:
      'Random, chosen by the client (a UUID), the same for each retry. Scoped to the caller, kept for 7 days as a hash.',
    example: '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a11',
  })

/** Digits of the largest revision: it stays a safe integer. */
const ifMatch = z
  .string()
  .regex(/^"\d{1,15}"$/, bilingual('If-Match 须为一个 ETag', 'If-Match must be one ETag of ours'))
  .transform((tag) => Number(tag.slice(1, -1)))
  .meta({
    override: documentedAs({ type: 'string' }),
    description: "The ETag of what the client saw; 412 where the object's revision is another by now.",
    example: '"3"',
  })

/**
 * The headers of a POST that writes. Other headers are not looked at.
 *
 * Parsed: `idempotency-key` is text, `if-match` the revision, or undefined where the client demands none.
 */
export const writeHeaders = z.object({ 'idempotency-key': idempotencyKey, 'if-match': ifMatch.optional() })

/** The headers of a POST that creates something, which has no revision yet. */
export const createHeaders = z.object({ 'idempotency-key': idempotencyKey })

/** The headers of a PUT: sent twice, it does no more than once. */
export const replaceHeaders = z.object({ 'if-match': ifMatch.optional() })

/** The strong ETag (RFC 9110, 8.8.3) of an object's revision. */
export function entityTag(revision: number): string {
  return `"${revision}"`
}
