/**
 * BullMQ's timing, chosen so that a job of a killed process runs again within about 20 s instead of the default
 * minute. Nothing is lost in the meantime: another claimer takes over within seconds (docs/reliability.md, Three wakers).
 */
export const workerTiming = {
  lockDuration: 10_000,
  stalledInterval: 10_000,
  /** A job carries no meaning, so being killed often is no reason to give it up. */
  maxStalledCount: 10,
  /** How long a worker waits after a refused connection before it asks again; the default is 15 s. */
  runRetryDelay: 1_000,
  /** How long an idle worker blocks before it looks for itself, in seconds; the default is 5. */
  drainDelay: 1,
} as const

/**
 * BullMQ silently ignores a job whose id it still keeps, so nothing finished is kept. It tries each job once: what
 * has to be tried again is a row in Postgres.
 */
export const jobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const

/** How long to wait for a connection to be made, and for one answer of a producer's backend. */
export const connectTimeoutMs = 2_000
export const answerTimeoutMs = 2_000
