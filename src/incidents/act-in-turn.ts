import { connectionWaitMs, waitMaxMs } from '../database/waiting.ts'
import {
  type ActionOutcome,
  type ActionRequest,
  actOnIncident,
  type WritePathDependencies,
} from './act-on-incident.ts'
import { createIncidentLanes } from './incident-lanes.ts'

/** The write path as requests take it: in turn, and within the time that a request may wait. */
export type ActInTurn = (asked: ActionRequest) => Promise<ActionOutcome>

/** @returns what all routes of a process share: whoever acts on an incident waits for the others, and not with a connection */
export function createActInTurn(dependencies: WritePathDependencies): ActInTurn {
  const lanes = createIncidentLanes()
  return (asked) => {
    const giveUpAt = performance.now() + waitMaxMs
    return lanes.run(asked.incidentId, giveUpAt - connectionWaitMs, () =>
      actOnIncident(dependencies, asked, giveUpAt),
    )
  }
}
