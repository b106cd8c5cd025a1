import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { v7 as newId } from 'uuid'

declare module 'fastify' {
  interface FastifyRequest {
    /** When the request reached the server: `performance.now()`, in ms, monotonic, comparable within this process only. */
    arrivedAt: number
    /** The parsed body as the client sent it: before a schema trimmed a text or turned a time into a number. */
    submittedBody: unknown
  }
}

export const requestIdHeader = 'x-request-id'
/** Ids that others made are taken over only in this shape, because they go into logs and into an answer's header. */
const acceptableId = /^[A-Za-z0-9._-]{1,64}$/

/** The id of a request: the caller's X-Request-Id where it has an acceptable shape, else a new UUID. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers[requestIdHeader]
  return typeof given === 'string' && acceptableId.test(given) ? given : newId()
}

/** Notes when each request arrived, before anything else is done for it, and what it sent; echoes its id. */
export function noteArrival(app: FastifyInstance): void {
  app.decorateRequest('arrivedAt', 0)
  app.decorateRequest('submittedBody', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now()
    reply.header(requestIdHeader, request.id)
    done()
  }) // Validation, which comes next, puts what a schema makes of the body in its place.
  app.addHook('preValidation', (request, _reply, done) => {
    request.submittedBody = request.body
    done()
  })
}
