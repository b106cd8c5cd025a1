import type { RouteOptions } from 'fastify'
import type { FastifyZodOpenApiSchema } from 'fastify-zod-openapi'
import { z } from 'zod'
import { describeHeaders } from '../answer-headers.ts'
import { type ProblemCode, problemKinds } from './problem-codes.ts'

type Responses = NonNullable<FastifyZodOpenApiSchema['response']>

const problemSchema = z
  .object({
    type: z.string().meta({ description: 'urn:whistle-report:problem:<code>' }),
    title: z.string().meta({ description: 'What happened, in the language of the reader' }),
    status: z.int(),
    detail: z.string().optional(),
    code: z.string().meta({ description: 'Stable: what programs look at' }),
    rule: z
      .string()
      .optional()
      .meta({ description: 'The rule that refused, where it is data; the field of a policy, for instance' }),
    instance: z.string().meta({ description: 'The id of the request, as in X-Request-Id' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ description: 'JSON pointer into the body, or name of a parameter' }),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem document',
    example: {
      type: 'urn:whistle-report:problem:lead_exists',
      title: problemKinds.lead_exists.title.zh,
      status: problemKinds.lead_exists.status,
      code: 'lead_exists',
      instance: '0199f3c2-5f0e-7cc1-8f0c-2f8d1c1b7a12',
    },
  })

const content = { 'application/problem+json': { schema: problemSchema } }

/** What each status means here, in general. */
const answers = {
  400: { description: 'The request is malformed or not valid' },
  401: {
    description: 'No access token, or one that is not valid',
    headers: { 'WWW-Authenticate': { type: 'string', description: 'RFC 6750' } },
  },
  403: { description: 'The caller may not do this' },
  404: { description: 'It does not exist, or lies outside of what the caller may see' },
  408: { description: 'The request came in too slowly' },
  409: { description: 'The state of things does not allow it' },
  410: { description: 'What follows the cursor can no longer be told: load everything afresh' },
  412: { description: 'If-Match names another revision' },
  413: { description: 'The body is larger than 64 KiB, or a file larger than 4 MiB' },
  415: { description: 'The body is of another media type, or not in UTF-8' },
  422: { description: 'The request refers to something that cannot be used' },
  429: {
    description: 'Too many requests',
    headers: {
      'Retry-After': { type: 'integer', description: 'Seconds' },
      ...describeHeaders(['RateLimit', 'RateLimit-Policy']),
    },
  },
  500: { description: 'A fault of the service' },
  503: {
    description: 'To be sent again, with its Idempotency-Key if any: overloaded, or a part is out of reach',
    headers: { 'Retry-After': { type: 'integer', description: 'Seconds' } },
  },
} as const satisfies Responses

/** The problem answers that a route can give, by status: what its schema and access imply, and its own refusals. */
export function problemResponses(route: RouteOptions): Responses {
  const { body, querystring, params, headers } = route.schema ?? {}
  const access = route.config?.access ?? 'public'
  const own = route.config?.problems ?? []
  const takesInput = [body, querystring, params, headers].some((part) => part !== undefined)
  const statuses = new Set<number>([
    // A route without any input still refuses what is sent along.
    ...(takesInput || access !== 'public' ? [400] : []),
    ...(params === undefined ? [] : [404]),
    ...(body === undefined ? [] : [413, 415]),
    ...(access === 'public' ? [] : [401, 403]),
    500,
    503,
    ...own.map((code) => problemKinds[code].status),
  ])
  return Object.fromEntries(
    Object.entries(answers)
      .filter(([status]) => statuses.has(Number(status)))
      .map(([status, answer]) => {
        const codes = own.filter((code) => problemKinds[code].status === Number(status))
        return [status, { ...answer, description: withCodes(answer.description, codes), content }]
      }),
  )
}

function withCodes(description: string, codes: readonly ProblemCode[]): string {
  return codes.length === 0 ? description : `${description}: ${codes.join(', ')}`
}
