import type { FastifyInstance } from 'fastify'
import { Problem } from './problem.ts'

/** Answers requests that still arrive once the server closes, so that a load balancer sends them elsewhere. */
export function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  app.addHook('onRequest', (_request, _reply, done) => {
    done(closing ? new Problem('shutting_down', { headers: { connection: 'close' } }) : undefined)
  })
}
