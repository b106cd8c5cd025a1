import { z } from 'zod'
import { type Actor, roles } from '../../domain/actor.ts'

/** Longer codes and subjects than these name nothing; the bounds keep a token from filling a log or a row. */
const codeMax = 64
const subjectMax = 255

const code = z.string().regex(new RegExp(`^[0-9A-Za-z][0-9A-Za-z_-]{0,${codeMax - 1}}$`))
/**
 * `system:…` is how the audit trail names what no person did, and `reporter:…` whoever sent a report and is not named; no token
 * may act under either.
 */
const subject = z.string().regex(new RegExp(`^(?!system:|reporter:)[\\x21-\\x7E]{1,${subjectMax}}$`))

/**
 * What a token must say about who acts: a responder belongs to a unit, everyone else to an area; a resident may name an
 * area. Claims that are not ours are left alone, as RFC 9068 asks.
 */
const claims = z
  .discriminatedUnion('role', [
    z.object({ sub: subject, role: z.literal('resident'), area: code.optional() }),
    z.object({ sub: subject, role: z.literal('responder'), unit: code }),
    z.object({
      sub: subject,
      role: z.enum(roles).exclude(['resident', 'responder']),
      area: code,
    }),
  ])
  .transform((claims): Actor => {
    const { sub: id, role } = claims
    if (role === 'responder') return { id, role, unitCode: claims.unit }
    return claims.area === undefined ? { id, role } : { id, role, areaCode: claims.area }
  })

/** The actor that a token's claims describe, or undefined where they describe none. */
export function actorOfClaims(payload: unknown): Actor | undefined {
  return claims.safeParse(payload).data
}
