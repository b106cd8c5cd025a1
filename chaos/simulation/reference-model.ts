import type { AreaNode } from '../../src/domain/area.ts'
import { type PromiseKind, promiseKinds } from '../../src/domain/deadline.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { admitted, begin, limitAt } from './reference-climb.ts'
import type { Ledger, Look, ModelCall, ModelClock, ModelFacts, ModelRequest } from './reference-ledger.ts'

/**
 * The rules of the domain once more, written from its description and not from its code, and as naively as possible: a ledger
 * of one case that is written on, in place, whenever somebody looks or does something. Whoever changes a rule says it here too,
 * in other words than there. `reference-rules.ts` says what is refused, `reference-acts.ts` what the rest does.
 */

const open: readonly IncidentState[] = ['received', 'reported', 'dispatched', 'on_site']
const early: readonly IncidentState[] = ['received', 'reported', 'dispatched']
const atWork: readonly IncidentState[] = ['dispatched', 'on_site']

/** In which states a command is allowed. */
export const life: Readonly<Record<CommandType, readonly IncidentState[]>> = {
  report_up: ['received'],
  feedback: open,
  whistle: open,
  hand_down: early,
  accept: atWork,
  arrive: open,
  return: atWork,
  rule_return: atWork,
  withdraw: atWork,
  finish: atWork,
  settle: early,
  reject: early,
  resolve: ['on_site'],
  close: ['resolved'],
  reopen: ['resolved', 'closed', 'rejected'],
  raise: open,
  urge: open,
  request_pause: open,
  request_extension: open,
  approve_relief: open,
  refuse_relief: open,
  resume: open,
  merge: early,
  unmerge: ['merged'],
  rate: ['resolved', 'closed'],
  reveal_reporter: [...open, 'resolved', 'closed', 'rejected', 'merged'],
}

export function isOpenState(state: IncidentState): boolean {
  return open.includes(state)
}

/** A report is received by whoever answers for its area first. */
export function receive(facts: ModelFacts, look: Look): Ledger {
  const ledger: Ledger = {
    facts,
    receivedAt: look.at,
    clocks: [],
    calls: [],
    requests: [],
    joined: [],
    state: 'received',
    revision: 1,
    events: 1,
    generation: 1,
    round: 1,
    reopenings: 0,
    endedBy: null,
    endedAt: null,
    mergedInto: null,
    told: [],
  }
  const area = admitted(facts.policy, look.path, facts.category.admittedFrom)
  promise(ledger, look, area, promiseKinds)
  return ledger
}

/** Promises something anew, by an area, from now. */
export function promise(
  ledger: Ledger,
  look: Look,
  area: AreaNode,
  promises: readonly PromiseKind[],
): ModelClock[] {
  return promises.map((each) =>
    begin(ledger, look, {
      promise: each,
      ...area,
      dueAt: look.at + limitAt(ledger.facts.policy, each, area.kind),
    }),
  )
}

/** Writes down that somebody is to be told about a clock. */
export function tell(ledger: Ledger, kind: string, to: string, about: ModelClock): void {
  ledger.told.push(noticeLine(kind, to, about.promise, about.code, about.dueAt))
}

export function noticeLine(
  kind: string,
  to: string,
  promise: string,
  accountable: string,
  dueAt: number,
): string {
  return `${kind} tells ${to} of ${promise} of ${accountable}, due ${dueAt}`
}

export function isPausing({ until, state }: ModelRequest): boolean {
  return until !== null && state === 'approved'
}

/** The lead who is at work, if any. */
export function leadOf({ calls }: Ledger): ModelCall | undefined {
  return calls.find(({ part, endedAt }) => part === 'lead' && endedAt === null)
}

/** The clock that a call has of its own; the last one, where areas have changed. */
export function clockOfCall({ clocks, calls }: Ledger, call: ModelCall): ModelClock {
  const clock = clocks.findLast((each) => each.call === calls.indexOf(call) + 1)
  if (clock === undefined) throw new Error('Each call has a clock')
  return clock
}

/** The reports that belong to a case. */
export function reportsOf({ facts, joined }: Ledger): string[] {
  return [
    facts.reportId,
    ...joined.flatMap(({ ledger, separatedAt }) => (separatedAt === null ? reportsOf(ledger) : [])),
  ]
}
