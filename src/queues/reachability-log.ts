import type { Logger } from 'pino'

/** What is said about a queue's backend, once for each change of its state, however often it fails. */
export interface ReachabilityLog {
  up(): void
  down(error: unknown): void
}

/** `subject` names what is spoken of, e.g. "deadlines queue (redis)". */
export function createReachabilityLog(logger: Logger, subject: string): ReachabilityLog {
  let state: boolean | undefined
  return {
    up() {
      if (state === true) return
      state = true
      logger.info({ subject }, 'queue is reachable')
    },
    down(error) {
      if (state === false) return
      state = false
      logger.warn({ subject, err: error }, 'queue is not reachable; the plain loops carry on without it')
    },
  }
}
