import type { Logger } from 'pino'
import { type RoundLoop, startRoundLoop } from '../queues/round-loop.ts'
import type { SettlingDependencies } from './claim-and-settle.ts'
import { createDutyRounds } from './move-duty.ts'

/** Duty follows a change of areas within this time and what moving it takes. Without a change a round is one short read. */
const intervalMs = 2_000
const jitterMs = 250

/** Lets duty follow the areas of open cases. It needs Postgres and nothing else, and may run in any number of processes. */
export function startDutyLoop({
  logger,
  ...dependencies
}: Omit<SettlingDependencies, 'onFailure'> & { readonly logger: Logger }): RoundLoop {
  const round = createDutyRounds({
    ...dependencies,
    onFailure: (incidentId, error) =>
      logger.error({ err: error, incidentId }, 'duty could not follow the areas of an incident'),
  })
  return startRoundLoop({
    name: 'duty',
    intervalMs,
    jitterMs,
    logger,
    round: async (signal) => {
      await round(signal)
    },
  })
}
