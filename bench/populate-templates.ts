import { canonicalBody } from '../src/audit/chain.ts'
import { applyEvent } from '../src/domain/apply-event.ts'
import type { Party } from '../src/domain/deadline.ts'
import type { IncidentEvent } from '../src/domain/event.ts'
import type { Incident } from '../src/domain/incident.ts'
import type { Instant } from '../src/domain/instant.ts'
import { noticesOf } from '../src/domain/notices-of.ts'
import { outstandingOf } from '../src/domain/outstanding.ts'
import { type PlayedScenario, receipt, standIns } from './populate-scenarios.ts'

/** An instant as that of receipt plus `ms`, plus the incident's own shift where `shifted` is 1. */
interface Offset {
  readonly ms: number
  readonly shifted: 0 | 1
}

/** The most events that a scenario has, and the most instants that one event holds: columns of the templates. */
export const eventsMax = 8
export const instantsMax = 6

/** Arguments of the format of a body: what each incident has in the place of a stand-in, then its instants. */
export const formatArguments = Object.keys(standIns)

/** What a played scenario is as rows. Column names are those of the tables in the schema `bench`. */
export function templatesOf(played: PlayedScenario, scenario: number) {
  const { incident, events, actedAt, standing } = played
  if (events.length > eventsMax) throw new Error(`A scenario has more than ${eventsMax} events`)
  const at = (instant: Instant): Offset => ({
    ms: instant - receipt,
    shifted: actedAt.has(instant) ? 1 : 0,
  })
  const optional = (prefix: string, instant: Instant | null) =>
    instant === null
      ? { [`${prefix}_ms`]: null, [`${prefix}_shifted`]: null }
      : { [`${prefix}_ms`]: at(instant).ms, [`${prefix}_shifted`]: at(instant).shifted }
  const offset = (prefix: string, instant: Instant) => optional(prefix, instant)
  const numbered = stagesOf(events)
  const outstanding = outstandingOf(incident)

  return {
    cases: [
      {
        scenario,
        policy_id: incident.policyId,
        state: incident.state,
        revision: incident.revision,
        generation: incident.generation,
        reopenings: incident.reopenings,
        ended_by: incident.endedByAreaCode === null ? null : columnOf(incident.endedByAreaCode),
        ...optional('ended', incident.endedAt),
        events: events.length,
        ...offset('head', incident.lastEventAt),
      },
    ],
    events: numbered.map(({ seq, event }) => ({
      scenario,
      seq,
      type: event.type,
      ...offset('at', event.at),
      ...formatOf(canonicalBody(event), at),
    })),
    deadlines: incident.deadlines.map((deadline) => ({
      scenario,
      no: deadline.no,
      promise: deadline.promise,
      rung: deadline.rung,
      accountable: columnOf(deadline.accountable.code),
      generation: deadline.generation,
      assignment_no: deadline.assignmentNo,
      tree_version: deadline.treeVersion,
      ...offset('started', deadline.startedAt),
      ...offset('due', deadline.dueAt),
      escalated_from: deadline.escalatedFrom,
      handed_from: deadline.handedFrom,
      state: deadline.state,
      cancel_reason: deadline.cancelReason,
      ...optional('settled', deadline.settledAt),
      settled_seq: deadline.settledSeq,
      ...optional('fulfilled', deadline.fulfilledAt),
      fulfilled_seq: deadline.fulfilledSeq,
      outstanding: outstanding.get(deadline.no) ?? null,
    })),
    breaches: numbered.flatMap(({ seq, event }) =>
      event.type === 'deadline_breached'
        ? [
            {
              scenario,
              no: event.breach.deadlineNo,
              outcome: event.breach.outcome,
              seq,
              ...offset('at', event.at),
            },
          ]
        : [],
    ),
    assignments: incident.assignments.map((assignment) => ({
      scenario,
      no: assignment.no,
      part: assignment.part,
      state: assignment.state,
      whistled_by: columnOf(assignment.whistledBy),
      ...offset('assigned', assignment.assignedAt),
      ...optional('accepted', assignment.acceptedAt),
      ...optional('arrived', assignment.arrivedAt),
      ...optional('ended', assignment.endedAt),
    })),
    notices: numbered.flatMap(({ seq, event, after }) =>
      noticesOf(after, event, standing).map(({ kind, recipient, about }, index) => ({
        scenario,
        seq,
        place: index,
        kind,
        recipient_kind: recipient.kind,
        recipient: columnOf(recipient.code),
        ...formatOf(
          JSON.stringify({
            number: standIns.number,
            promise: about.promise,
            rung: about.rung,
            accountableCode: about.accountable.code,
            dueAt: about.dueAt,
          }),
          at,
        ),
        ...offset('at', event.at),
      })),
    ),
  }
}

/** Each event with its number and the incident after it. */
function stagesOf(events: readonly IncidentEvent[]) {
  let after: Incident | undefined
  return events.map((event, index) => {
    after = applyEvent(after, event)
    return { seq: index + 1, event, after }
  })
}

/** The column of the plan that holds what an incident has in the place of a stand-in. */
function columnOf(code: Party['code']): string {
  const found = Object.entries(standIns).find(([, standIn]) => standIn === code)
  if (found === undefined) throw new Error(`${code} stands for nothing`)
  return found[0]
}

/** A text as a format of Postgres, and the instants in it, in the order of their arguments. */
function formatOf(text: string, at: (instant: Instant) => Offset) {
  const instants: Instant[] = []
  let format = text.replaceAll('%', '%%')
  for (const [index, standIn] of Object.values(standIns).entries()) {
    format = format.replaceAll(standIn, `%${index + 1}$s`)
  }
  format = format.replace(/\b70\d{11}\b/g, (digits) => {
    const instant = Number(digits)
    if (!instants.includes(instant)) instants.push(instant)
    return `%${formatArguments.length + instants.indexOf(instant) + 1}$s`
  })
  if (instants.length > instantsMax) throw new Error(`An event holds more than ${instantsMax} instants`)
  return {
    format,
    ms: instants.map((each) => at(each).ms),
    shifted: instants.map((each) => at(each).shifted),
  }
}
