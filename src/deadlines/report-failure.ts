import type { Logger } from 'pino'
import type { DeadlineMetrics } from './deadline-metrics.ts'

/** An incident that cannot be settled is tried again, and logged at most this often. */
const logEveryMs = 60_000
/** So many different incidents are told apart; with more, some are logged more often. */
const rememberedMax = 1_000

/** Counts and logs incidents that could not be settled while their neighbours were. */
export function createFailureReport(dependencies: {
  metrics: DeadlineMetrics
  logger: Logger
}): (incidentId: string, error: unknown) => void {
  const { metrics, logger } = dependencies
  const loggedAt = new Map<string, number>()
  return (incidentId, error) => {
    metrics.unsettleable.inc()
    const now = performance.now()
    const before = loggedAt.get(incidentId)
    if (before !== undefined && now - before < logEveryMs) return
    if (loggedAt.size >= rememberedMax) loggedAt.clear()
    loggedAt.set(incidentId, now)
    logger.error({ err: error, incidentId }, 'an incident cannot be settled; its neighbours were')
  }
}
