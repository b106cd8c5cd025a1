import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { parsePart, type RequestPart } from './problems/invalid-request.ts'

/** Makes Fastify check each part of a request against its zod schema. */
export const validateRequestPart: FastifySchemaCompiler<unknown> = ({ schema, httpPart, url }) => {
  if (!(schema instanceof z.ZodType)) throw new Error(`${url}: the schema of ${httpPart} is not a zod schema`)
  const part = requestPart(httpPart)
  // Fastify passes null for a body that was not sent.
  return (value: unknown) => parsePart(schema, part, part === 'body' ? (value ?? undefined) : value)
}

function requestPart(httpPart: string | undefined): RequestPart {
  switch (httpPart) {
    case 'body':
    case 'querystring':
    case 'params':
    case 'headers':
      return httpPart
    default:
      throw new Error(`there is no part of a request called ${httpPart}`)
  }
}

/**
 * Refuses a schema that would drop unknown fields in silence: every object in a body, a query or a path must be
 * `z.strictObject` (or say `z.looseObject`, which keeps them).
 *
 * @throws Error naming the place of the first object that strips.
 */
export function assertStrict(schema: unknown, where: string): void {
  if (!(schema instanceof z.ZodType)) return
  const open = openObjectIn(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '')
  if (open !== undefined)
    throw new Error(`${where}${open}: unknown fields would be dropped; use z.strictObject`)
}

/** Where in a JSON schema the first object lies that says nothing about further properties. */
function openObjectIn(node: unknown, place: string): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined
  if ('properties' in node && !('additionalProperties' in node)) return place
  for (const [key, child] of Object.entries(node)) {
    const found = openObjectIn(child, `${place}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}
