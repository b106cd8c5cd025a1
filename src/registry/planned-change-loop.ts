import type { Logger } from 'pino'
import { type RoundLoop, startRoundLoop } from '../queues/round-loop.ts'
import { applyPlannedChanges, nothingSlow, type PlannedDependencies } from './apply-planned-changes.ts'

/** A planned change takes effect within this time after its instant. */
const intervalMs = 4_000
const jitterMs = 500

/** Carries out planned changes as they fall due. It needs Postgres and nothing else, and may run in any number of processes. */
export function startPlannedChangeLoop(
  dependencies: Omit<PlannedDependencies, 'onFault' | 'slow'> & { readonly logger: Logger },
): RoundLoop {
  const { logger } = dependencies
  const onFault = (id: string, error: unknown) =>
    logger.error({ err: error, plannedChange: id }, 'a planned change failed')
  const slow = nothingSlow()
  return startRoundLoop({
    name: 'planned changes',
    intervalMs,
    jitterMs,
    logger,
    round: async (signal) => {
      while (!signal.aborted && (await applyPlannedChanges({ ...dependencies, onFault, slow })) > 0);
    },
  })
}
