import { applyEvent } from './apply-event.ts'
import { codesOf } from './area.ts'
import type { Context, Request } from './context.ts'
import { promiseKinds } from './deadline.ts'
import type { IncidentEvent } from './event.ts'
import type { Incident, IncidentFacts } from './incident.ts'
import { admittingRung } from './ladder.ts'
import { limitFor } from './policy.ts'

/**
 * Opens an incident with its first report: all three promises start at receipt, at the first rung at or above its area that
 * may be made to carry its category.
 * The area must be reportable under the policy's ladder.
 */
export function openIncident(
  facts: IncidentFacts,
  reportId: string,
  request: Request,
  { now, clockFault, place, policy, category }: Context,
): { event: IncidentEvent; incident: Incident } {
  const rung = admittingRung(policy.ladder, place, category.admittedFrom)
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
        reportId: null,
        areaPath: codesOf(place),
        treeVersion: place.treeVersion,
        startedAt: now,
        dueAt: now + limitFor(policy, promise, rung.kind),
        escalatedFrom: null,
        handedFrom: null,
        pausedAt: null,
        advancedMs: 0,
      })),
      settled: [],
      fulfilled: [],
      assigned: [],
      endedBy: null,
    },
  }
  return { event, incident: applyEvent(undefined, event) }
}
