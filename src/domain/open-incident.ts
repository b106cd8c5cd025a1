import { codesOf } from './area.ts'
import type { Context, Request } from './context.ts'
import { promiseKinds } from './deadline.ts'
import { applyEvent, type IncidentEvent } from './event.ts'
import type { Incident, IncidentFacts } from './incident.ts'
import { firstRung } from './ladder.ts'
import { limitFor } from './policy.ts'

/**
 * Opens an incident with its first report: all three promises start at receipt, at the first rung at or above its area.
 * The area must be reportable under the policy's ladder.
 */
export function openIncident(
  facts: IncidentFacts,
  reportId: string,
  request: Request,
  { now, clockFault, place, policy }: Context,
): { event: IncidentEvent; incident: Incident } {
  const rung = firstRung(policy.ladder, place)
  if (rung === undefined) throw new Error(`Nobody on the ladder answers for ${facts.areaCode}`)
  const event: IncidentEvent = {
    type: 'report_received',
    at: now,
    actor: request.actor,
    requestedAt: request.requestedAt,
    occurredAt: request.occurredAt,
    note: request.note,
    ...(clockFault ? { clockFault } : {}),
    incident: facts,
    reportId,
    changes: {
      state: 'received',
      started: promiseKinds.map((promise, index) => ({
        no: index + 1,
        promise,
        rung: rung.kind,
        accountable: { kind: 'area', code: rung.code },
        generation: 1,
        assignmentNo: null,
        areaPath: codesOf(place),
        treeVersion: place.treeVersion,
        startedAt: now,
        dueAt: now + limitFor(policy, promise, rung.kind),
        escalatedFrom: null,
        handedFrom: null,
      })),
      settled: [],
      fulfilled: [],
      assigned: null,
      endedBy: null,
    },
  }
  return { event, incident: applyEvent(undefined, event) }
}
