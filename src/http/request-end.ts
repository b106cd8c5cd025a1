import type { FastifyReply } from 'fastify'

/** How a request ended: answered to the last byte, or broken off by either side before that. */
export type RequestEnd = 'answered' | 'aborted'

/**
 * Calls back exactly once, when a request is over. Fastify's onResponse hook is not called for a request whose client
 * went away before it was answered; the close of the answer comes in every case.
 */
export function whenOver(reply: FastifyReply, over: (end: RequestEnd) => void): void {
  let end: RequestEnd = 'aborted'
  reply.raw.once('finish', () => {
    end = 'answered'
  })
  reply.raw.once('close', () => over(end))
}
