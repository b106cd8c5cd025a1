import { z } from 'zod'
import { databaseOutage } from './database-outage.ts'
import { Problem } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'

const errorShape = z.object({ code: z.string().optional(), statusCode: z.number().optional() })

/** Fastify's own refusals, by its error codes. */
const codeOfFastifyError = new Map<string, ProblemCode>([
  ['FST_ERR_NOT_FOUND', 'route_not_found'],
  ['FST_ERR_BAD_URL', 'malformed_url'],
  ['FST_ERR_MAX_PARAM_LENGTH', 'uri_too_long'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'body_too_large'],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'malformed_request'],
  ['FST_ERR_CTP_EMPTY_JSON_BODY', 'malformed_json'],
  ['FST_ERR_CTP_INVALID_JSON_BODY', 'malformed_json'],
  ['FST_ERR_HANDLER_TIMEOUT', 'busy'],
])

const codeOfStatus = new Map<number, ProblemCode>([
  [404, 'not_found'],
  [405, 'method_not_allowed'],
  [408, 'request_timeout'],
  [413, 'body_too_large'],
  [414, 'uri_too_long'],
  [415, 'unsupported_media_type'],
])

/**
 * SQLSTATEs of values that Postgres could not take. The schemas keep such values out; where one got past them it is
 * still the client's value and not our failure.
 */
const unstorableValueStates = new Set([
  '22001',
  '22003',
  '22007',
  '22008',
  '22009',
  '22021',
  '22P02',
  '22P05',
])

/** The answer to whatever was thrown while a request was handled. What is not known is an internal error. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof Problem) return error
  const outage = databaseOutage(error)
  if (outage !== undefined) return new Problem(outage, { cause: error })
  const { code = '', statusCode = 500 } = errorShape.safeParse(error).data ?? {}
  const known = codeOfFastifyError.get(code)
  if (known !== undefined) return new Problem(known, { cause: error })
  if (unstorableValueStates.has(code)) return new Problem('invalid_request', { cause: error })
  // What else Fastify and its plugins refuse carries a status of its own.
  if (statusCode >= 400 && statusCode < 500) {
    return new Problem(codeOfStatus.get(statusCode) ?? 'malformed_request', { cause: error })
  }
  return new Problem('internal_error', { cause: error })
}
