import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

/** An operation of the contract. */
export interface Operation {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its parameters as the contract writes them: `/v1/incidents/{id}`. */
  readonly path: string
  readonly isPublic: boolean
  /** Its answer goes on until somebody ends it. */
  readonly isStream: boolean
}

const methods = { get: 'GET', post: 'POST', put: 'PUT', delete: 'DELETE' } as const
const method = z.enum(['get', 'post', 'put', 'delete'])
const described = z.object({
  operationId: z.string(),
  security: z.array(z.unknown()),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).default({}) })),
})
const document = z.object({ paths: z.record(z.string(), z.partialRecord(method, described)) })

/** The operations of a contract. One with a method that is not known here throws. */
export function operationsOf(contract: unknown): Operation[] {
  return Object.entries(document.parse(contract).paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([name, { operationId: id, security, responses }]) => ({
      id,
      method: methods[method.parse(name)],
      path,
      isPublic: security.length === 0,
      isStream: 'text/event-stream' in (responses['200']?.content ?? {}),
    })),
  )
}

/** The operations of the API as it runs; `contract.test.ts` holds the committed contract to it. */
export function operationsOfApp(app: FastifyInstance): Operation[] {
  return operationsOf(JSON.parse(JSON.stringify(app.swagger())))
}
