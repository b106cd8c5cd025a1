import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** How a request ended: answered to the last byte, or broken off by either side before that. */
export type RequestEnd = 'answered' | 'aborted'

export type EndListener = (request: FastifyRequest, reply: FastifyReply, end: RequestEnd) => void

/** Has a listener called exactly once for each request, when it is over. */
export type WhenOver = (listener: EndListener) => void

/**
 * Tells when requests are over. Fastify's onResponse hook is not called for a request whose client went away before it was
 * answered; the close of the answer comes in every case.
 */
export function followRequests(app: FastifyInstance): WhenOver {
  const listeners: EndListener[] = []
  app.addHook('onRequest', (request, reply, done) => {
    let end: RequestEnd = 'aborted'
    reply.raw.once('finish', () => {
      end = 'answered'
    })
    reply.raw.once('close', () => {
      for (const listener of listeners) listener(request, reply, end)
    })
    done()
  })
  return (listener) => {
    listeners.push(listener)
  }
}
