import type { Transaction } from 'kysely'
import { z } from 'zod'
import { findKnownPlaces } from '../areas/find-places.ts'
import type { ChainedEvent } from '../audit/append-events.ts'
import type { RegistryHeads } from '../audit/registry-heads.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { areaKinds } from '../domain/area.ts'
import { assignmentParts, assignmentStates } from '../domain/assignment.ts'
import { cancelReasons, type Deadline, deadlineStates, type Party, promiseKinds } from '../domain/deadline.ts'
import type { Incident } from '../domain/incident.ts'
import { incidentStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { severities } from '../domain/policy.ts'
import { reliefKinds, reliefStates } from '../domain/relief.ts'
import { instantText } from '../http/instant-schema.ts'
import { findKnownUnits } from '../units/find-units.ts'

/**
 * How incidents look in answers. Nothing here is personal: answers to writing requests are kept. The views are made as they
 * are sent, because a request that writes stores the text of its answer.
 */

export const partyView = z
  .object({
    kind: z.enum(['area', 'unit']),
    code: z.string(),
    name: z.string(),
  })
  .meta({ id: 'Party', description: 'Who answers for a promise: an area or a unit (责任方)' })

export const deadlineView = z
  .object({
    no: z.int().meta({ description: "Counts the incident's deadlines from 1" }),
    promise: z.enum(promiseKinds),
    rung: z.enum([...areaKinds, 'unit']),
    accountable: partyView,
    generation: z.int().meta({ description: '1, and one more with each reopening' }),
    state: z.enum(deadlineStates),
    cancelReason: z.enum(cancelReasons).nullable(),
    startedAt: instantText,
    dueAt: instantText,
    settledAt: instantText.nullable(),
    fulfilledAt: instantText.nullable().meta({ description: 'When a breached promise was kept after all' }),
    clockFault: z.boolean().meta({
      description: 'It was met while the clock could not be trusted, perhaps after its due time',
    }),
    prolongedMs: z.int().meta({
      description: 'By how much the due time was put off because the clock had been set ahead',
    }),
    pausedAt: instantText
      .nullable()
      .meta({ description: 'Since when its clock has stood still; the due time then moves at the end' }),
    pausedMs: z.int().meta({
      description:
        'How long its clock stood still in pauses that are over (挂账); what is handed over keeps it',
    }),
    extendedMs: z.int().meta({
      description: 'By how much it was put off by extensions (延期); what is handed over keeps it',
    }),
    urges: z.int().meta({ description: 'How often a superior urged whoever answers for it (督办)' }),
    assignmentNo: z
      .int()
      .nullable()
      .meta({ description: 'The assignment whose own deadline it is; null for the promises of the case' }),
    reportId: z.uuid().nullable().meta({
      description: 'Set where it is owed to the reporter of a case that was merged into this one',
    }),
    escalatedFrom: z.int().nullable().meta({ description: 'The deadline whose breach brought this one' }),
    handedFrom: z.int().nullable().meta({ description: 'The deadline that was handed over to this one' }),
  })
  .meta({ id: 'Deadline', description: "One promise's clock at one rung (时限)" })

const assignmentView = z
  .object({
    no: z.int().meta({ description: "Counts the incident's assignments from 1" }),
    assignee: partyView,
    part: z.enum(assignmentParts).meta({ description: 'lead 主办, support 协办' }),
    state: z.enum(assignmentStates),
    whistledBy: partyView,
    assignedAt: instantText,
    acceptedAt: instantText.nullable().meta({ description: 'When the unit reported in (报到)' }),
    arrivedAt: instantText.nullable(),
    endedAt: instantText.nullable(),
  })
  .meta({ id: 'Assignment', description: 'The call to one unit or area (派单)' })

const reliefView = z
  .object({
    no: z.int(),
    kind: z.enum(reliefKinds).meta({ description: 'pause 挂账, extension 延期' }),
    promises: z.array(z.enum(promiseKinds)),
    until: instantText.nullable().meta({ description: 'When a pause ends by itself' }),
    byMs: z.int().nullable().meta({ description: 'By how much an extension puts off' }),
    state: z.enum(reliefStates),
    requestedBy: partyView,
    requestedAt: instantText,
    decidedBy: partyView.nullable(),
    decidedAt: instantText.nullable(),
    endedAt: instantText.nullable(),
  })
  .meta({ id: 'Relief', description: 'A request to stop a clock for a while, or to put it off (挂账、延期)' })

export const incidentView = z
  .object({
    id: z.uuid(),
    number: z
      .string()
      .meta({ description: 'The number that people say', example: '420202-20261121-7K3QX9TD' }),
    state: z.enum(incidentStates),
    revision: z.int().meta({ description: 'Raised by each command; the ETag' }),
    area: z.object({ code: z.string(), name: z.string() }),
    categoryCode: z.string(),
    severity: z.enum(severities),
    policyId: z.uuid().meta({ description: 'The version of the policy that the incident is pinned to' }),
    receivedAt: instantText,
    generation: z.int(),
    assignments: z.array(assignmentView),
    reliefs: z.array(reliefView),
    mergedInto: z
      .uuid()
      .nullable()
      .meta({ description: 'The case that this one goes on as a part of (并案)' }),
    joined: z.array(z.uuid()).meta({ description: 'The cases that are part of this one' }),
    deadlines: z.array(deadlineView),
  })
  .meta({ id: 'Incident', description: 'The case that is handled (事件)' })

export const receiptView = z
  .object({
    stream: z.string(),
    seq: z.int(),
    type: z.string(),
    at: instantText,
    hash: z.string().meta({ description: 'SHA-256, hexadecimal: where the event stands in the audit trail' }),
  })
  .meta({ id: 'Receipt', description: 'The event that the request wrote (回执)' })

export type IncidentView = z.output<typeof incidentView>
type DeadlineView = z.output<typeof deadlineView>

/** Names of the areas and units that incidents mention. */
export type NameOf = (party: Party) => string

export async function readNames(
  trx: Transaction<Database>,
  heads: RegistryHeads,
  incidents: readonly Incident[],
): Promise<NameOf> {
  const areaCodes = new Set(incidents.map(({ areaCode }) => areaCode))
  const unitCodes = new Set<string>()
  const name = ({ kind, code }: Party) => (kind === 'area' ? areaCodes : unitCodes).add(code)
  for (const { deadlines, assignments, reliefs } of incidents) {
    for (const { accountable } of deadlines) name(accountable)
    for (const { whistledBy, assignee } of assignments) {
      areaCodes.add(whistledBy)
      name(assignee)
    }
    for (const { requestedBy, decidedBy } of reliefs) {
      name(requestedBy)
      if (decidedBy !== null) areaCodes.add(decidedBy)
    }
  }
  const areas = await findKnownPlaces(trx, heads, [...areaCodes])
  const units = await findKnownUnits(trx, heads, [...unitCodes])
  return ({ kind, code }) => (kind === 'area' ? areas : units).get(code)?.name ?? code
}

export function viewIncident(incident: Incident, nameOf: NameOf): IncidentView {
  const view = (party: Party) => ({ ...party, name: nameOf(party) })
  const area = (code: string) => view({ kind: 'area', code })
  return {
    id: incident.id,
    number: incident.number,
    state: incident.state,
    revision: incident.revision,
    area: { code: incident.areaCode, name: nameOf({ kind: 'area', code: incident.areaCode }) },
    categoryCode: incident.categoryCode,
    severity: incident.severity,
    policyId: incident.policyId,
    receivedAt: toTimestamp(incident.receivedAt),
    generation: incident.generation,
    assignments: incident.assignments.map((assignment) => ({
      no: assignment.no,
      assignee: view(assignment.assignee),
      part: assignment.part,
      state: assignment.state,
      whistledBy: area(assignment.whistledBy),
      assignedAt: toTimestamp(assignment.assignedAt),
      acceptedAt: optional(assignment.acceptedAt),
      arrivedAt: optional(assignment.arrivedAt),
      endedAt: optional(assignment.endedAt),
    })),
    reliefs: incident.reliefs.map((relief) => ({
      no: relief.no,
      kind: relief.kind,
      promises: [...relief.promises],
      until: optional(relief.until),
      byMs: relief.byMs,
      state: relief.state,
      requestedBy: view(relief.requestedBy),
      requestedAt: toTimestamp(relief.requestedAt),
      decidedBy: relief.decidedBy === null ? null : area(relief.decidedBy),
      decidedAt: optional(relief.decidedAt),
      endedAt: optional(relief.endedAt),
    })),
    mergedInto: incident.mergedInto?.incidentId ?? null,
    joined: incident.joined
      .filter(({ separatedAt }) => separatedAt === null)
      .map(({ incidentId }) => incidentId),
    deadlines: incident.deadlines.map((deadline) => viewDeadline(deadline, nameOf)),
  }
}

export function viewDeadline(deadline: Deadline, nameOf: NameOf): DeadlineView {
  const { accountable } = deadline
  return {
    no: deadline.no,
    promise: deadline.promise,
    rung: deadline.rung,
    accountable: { ...accountable, name: nameOf(accountable) },
    generation: deadline.generation,
    state: deadline.state,
    cancelReason: deadline.cancelReason,
    startedAt: toTimestamp(deadline.startedAt),
    dueAt: toTimestamp(deadline.dueAt),
    settledAt: optional(deadline.settledAt),
    fulfilledAt: optional(deadline.fulfilledAt),
    clockFault: deadline.clockFault,
    prolongedMs: deadline.prolongedMs,
    pausedAt: optional(deadline.pausedAt),
    pausedMs: deadline.pausedMs,
    extendedMs: deadline.extendedMs,
    urges: deadline.urges,
    assignmentNo: deadline.assignmentNo,
    reportId: deadline.reportId,
    escalatedFrom: deadline.escalatedFrom,
    handedFrom: deadline.handedFrom,
  }
}

export function viewReceipt({ stream, seq, type, at, hash }: ChainedEvent): z.output<typeof receiptView> {
  return { stream, seq, type, at: toTimestamp(at), hash: hash.toString('hex') }
}

function optional(at: Instant | null): string | null {
  return at === null ? null : toTimestamp(at)
}
