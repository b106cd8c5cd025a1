import { isDeepStrictEqual } from 'node:util'
import { applyEvent } from '../../src/domain/apply-event.ts'
import type { Place } from '../../src/domain/area.ts'
import type { Context } from '../../src/domain/context.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import type { NoticeDraft } from '../../src/domain/notices-of.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import type { Ask } from './asked.ts'
import { faultsOfBreach } from './breach-faults.ts'
import { differencesOf, noticesDue, noticesMade } from './differences.ts'
import type { Domain } from './domain-in-play.ts'
import type { Ledger, Look } from './reference-ledger.ts'

/** One case of a world, as the domain and as the reference model have it. */
export interface CaseInPlay {
  readonly incident: Incident
  readonly events: readonly IncidentEvent[]
  readonly ledger: Ledger
  /** Whom the domain told of each event, in the events' order; nobody of the first. */
  readonly told: readonly (readonly NoticeDraft[])[]
  /** Where its area lies now. */
  readonly place: Place
}

/** The same while the world goes on. */
export interface OpenCase extends CaseInPlay {
  incident: Incident
  readonly events: IncidentEvent[]
  readonly told: (readonly NoticeDraft[])[]
  place: Place
}

/** What the domain says of a case: what happens to it, and what it is then. */
export interface Decided {
  readonly events: readonly IncidentEvent[]
  readonly incident: Incident
}

/** Which case a command is about. A rating is about a report, and so about the case that this belongs to now. */
export function caseAsked(
  cases: readonly { readonly incident: Incident }[],
  on: number,
  command: CommandType,
): number {
  if (command !== 'rate') return on
  const mergedInto = cases[on]?.incident.mergedInto?.incidentId
  const survivor = cases.findIndex(({ incident }) => incident.id === mergedInto)
  return survivor < 0 ? on : caseAsked(cases, survivor, command)
}

/** The other case that is looked at and changed too: into which one is to be merged, or was. */
export function caseBeside(
  cases: readonly { readonly incident: Incident }[],
  on: number,
  ask: Ask,
): number | undefined {
  if (ask.type === 'merge') return ask.into !== on && ask.into < cases.length ? ask.into : undefined
  if (ask.type !== 'unmerge') return undefined
  const survivor = cases[on]?.incident.mergedInto?.incidentId
  const index = cases.findIndex(({ incident }) => incident.id === survivor)
  return index < 0 ? undefined : index
}

/** Takes in what the domain decided about a case and compares it with what the model has made of the same. */
export function takeIn(
  one: OpenCase,
  decided: Decided,
  now: number,
  noticesOf: Domain['noticesOf'],
): string[] {
  const { ledger, incident: before } = one
  one.incident = decided.incident
  one.events.push(...decided.events)
  const wrong = differencesOf(one.incident, ledger)
  let after = before
  const made = decided.events.flatMap((event) => {
    if (event.at !== now) wrong.push('an event has another instant')
    after = applyEvent(after, event)
    if (event.type === 'deadline_breached') wrong.push(...faultsOfBreach(event, before, after, ledger))
    const told = noticesOf(after, event, { place: one.place, policy: ledger.facts.policy })
    one.told.push(told)
    return told
  })
  if (!isDeepStrictEqual(after, one.incident)) wrong.push('the events do not fold into the incident')
  const told = noticesMade(made).join('\n')
  const due = noticesDue(ledger).join('\n')
  if (told !== due) wrong.push(`told were\n${told}\nand should be\n${due}`)
  return wrong
}

/** What the model knows an instant by, out of what the domain does. */
export function lookIn({ now, place, clockFault, clockJumps }: Context): Look {
  const { path, treeVersion } = place
  return { at: now, path, treeVersion, trusted: !clockFault, setAhead: clockJumps }
}
