import { z } from 'zod'
import { ClockUnsettled } from '../../database/clock.ts'
import type { ProblemCode } from './problem-codes.ts'

const errorShape = z.object({ code: z.string().optional(), message: z.string().optional() })

/** SQLSTATEs that say "not now": lock_timeout, statement_timeout, and what is left when retries ran out of time. */
const busyStates = new Set(['55P03', '57014', '40001', '40P01'])
/** Shutting down, crashed, starting, idle in a transaction for too long, and a standby that takes no writes. */
const outageStates = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25006'])
/** Connection exceptions (08), insufficient resources (53), system errors such as EIO (58). */
const outageClasses = ['08', '53', '58']

const connectionErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'EIO',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])

/** What pg and pg-pool throw without a code. */
const connectionMessages = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
  'Query read timeout',
]

/**
 * Whether an error means that the database could not be used just now, rather than that something is wrong with the
 * request or the code. Nothing was stored then, or the client finds out by its idempotency key.
 *
 * @returns the problem's code, or undefined for any other error.
 */
export function databaseOutage(
  error: unknown,
): Extract<ProblemCode, 'busy' | 'database_unavailable'> | undefined {
  if (error instanceof ClockUnsettled) return 'busy'
  const shape = errorShape.safeParse(error)
  if (!shape.success) return undefined
  const { code, message = '' } = shape.data
  if (message.includes('timeout exceeded when trying to connect')) return 'busy'
  if (code !== undefined) {
    if (busyStates.has(code)) return 'busy'
    const isState = /^[0-9A-Z]{5}$/.test(code)
    if (outageStates.has(code) || (isState && outageClasses.includes(code.slice(0, 2)))) {
      return 'database_unavailable'
    }
    if (isConnectionError(error, code)) return 'database_unavailable'
  }
  return connectionMessages.some((start) => message.startsWith(start)) ? 'database_unavailable' : undefined
}

/** ENOENT is one only where a Unix socket is missing; anywhere else it is a file. */
function isConnectionError(error: unknown, code: string): boolean {
  if (!connectionErrors.has(code)) return false
  return code !== 'ENOENT' || z.object({ syscall: z.literal('connect') }).safeParse(error).success
}
