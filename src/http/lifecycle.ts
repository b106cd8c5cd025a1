import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { Problem } from './problems/problem.ts'
import type { WhenOver } from './request-end.ts'

/** What the server, readiness and the shutdown know of each other. */
export interface Lifecycle {
  /** Set by the shutdown: no more work, please. Readiness says so, and connections close after their answer. */
  stopping: boolean
  /** Requests that have arrived and are neither answered nor broken off. */
  inFlight: number
}

export function createLifecycle(): Lifecycle {
  return { stopping: false, inFlight: 0 }
}

const drainPollMs = 20

/**
 * Says that the server is on its way out and waits until every request that has arrived is answered. What is not answered
 * in time loses its connection when the server closes.
 */
export async function drain(lifecycle: Lifecycle, limitMs: number): Promise<void> {
  lifecycle.stopping = true
  for (let waitedMs = 0; lifecycle.inFlight > 0 && waitedMs < limitMs; waitedMs += drainPollMs) {
    await pause(drainPollMs)
  }
}

/**
 * Counts requests in flight, asks connections to close while the server stops, and answers requests that still arrive once
 * it closes, so that a load balancer sends them elsewhere.
 */
export function followLifecycle(app: FastifyInstance, whenOver: WhenOver, lifecycle: Lifecycle): void {
  let closing = false
  app.addHook('preClose', (done) => {
    closing = true
    done()
  })
  whenOver(() => {
    lifecycle.inFlight -= 1
  })
  app.addHook('onRequest', (_request, reply, done) => {
    lifecycle.inFlight += 1
    if (lifecycle.stopping) reply.header('connection', 'close')
    done(closing ? new Problem('shutting_down') : undefined)
  })
}
