import { z } from 'zod'

const errorShape = z.object({ code: z.string().optional(), message: z.string().optional() })

/**
 * SQLSTATEs: a statement ran into its limit, the session said nothing for too long in the middle of a transaction, or there was
 * not as much memory, or room for locks, as it wanted.
 */
const excessStates = new Set(['57014', '25P03', '53200'])

/**
 * Whether a transaction failed because it took too long itself, or too much. To whoever waits it is an outage as others are; but what is tried
 * again by itself may fail so each time, with the database as well as ever.
 */
export function tookTooMuch(error: unknown): boolean {
  const shape = errorShape.safeParse(error)
  if (!shape.success) return false
  const { code, message = '' } = shape.data
  return code === undefined ? message.startsWith('Query read timeout') : excessStates.has(code)
}
