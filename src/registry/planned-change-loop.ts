import type { Logger } from 'pino'
import { type RoundLoop, startRoundLoop } from '../queues/round-loop.ts'
import { applyPlannedChanges, nothingSlow, type PlannedDependencies } from './apply-planned-changes.ts'
import { nextPlannedChange } from './planned-changes.ts'

/** A change that is planned for sooner takes effect within this time after its instant; others at their instant. */
const intervalMs = 4_000
const jitterMs = 500

/**
 * Carries out planned changes as they fall due. It needs Postgres and nothing else, and may run in any number of processes. Each
 * round looks ahead to the instant of the next change, so that the loop wakes then.
 */
export function startPlannedChangeLoop(
  dependencies: Omit<PlannedDependencies, 'onFault' | 'slow'> & { readonly logger: Logger },
): RoundLoop {
  const { db, readClock, logger } = dependencies
  const onFault = (id: string, error: unknown) =>
    logger.error({ err: error, plannedChange: id }, 'a planned change failed')
  const slow = nothingSlow()
  let nextAt = Number.POSITIVE_INFINITY
  return startRoundLoop({
    name: 'planned changes',
    intervalMs,
    jitterMs,
    logger,
    untilNextMs: () => nextAt - performance.now(),
    round: async (signal) => {
      // Looked at before what is due is carried out: whatever falls due meanwhile is due at once in the next round.
      const { now } = await readClock(db)
      const lookedAt = performance.now()
      const next = await nextPlannedChange(db, now).executeTakeFirst()
      nextAt = next === undefined ? Number.POSITIVE_INFINITY : lookedAt + (next.effectiveAt - now)
      while (!signal.aborted && (await applyPlannedChanges({ ...dependencies, onFault, slow })) > 0);
    },
  })
}
