import { promiseKinds } from '../../src/domain/deadline.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { caseAsked } from './case-in-play.ts'
import type { Outcome, PlayedWorld } from './play-world.ts'
import type { Step } from './simulated-world.ts'

/** How often what happened, by words that are joined with a blank: `act received settle accepted`. */
export type Tally = Map<string, number>

function count(tally: Tally, what: string, times = 1): void {
  tally.set(what, (tally.get(what) ?? 0) + times)
}

/** Adds what another worker has counted. */
export function addTally(tally: Tally, other: Tally): void {
  for (const [what, times] of other) count(tally, what, times)
}

/** How often anything happened whose words begin like this. */
export function counted(tally: Tally, beginning: string): number {
  let sum = 0
  for (const [what, times] of tally) if (`${what} `.startsWith(`${beginning} `)) sum += times
  return sum
}

export function tallyStep(
  tally: Tally,
  before: readonly Incident[],
  step: Step,
  { word }: Outcome,
  { cases }: PlayedWorld,
): void {
  const were = before.map((incident) => ({ incident }))
  const on = step.do === 'act' ? before[caseAsked(were, step.on, step.ask.type)]?.state : undefined
  if (step.do === 'act' && word === 'accepted') count(tally, `accepted ${step.ask.type}`)
  count(tally, step.do === 'act' ? `act ${on} ${step.ask.type} ${word}` : `${step.do} ${word}`)
  for (const [index, { incident, events }] of cases.entries()) {
    const was = before[index]
    if (was === undefined || incident === was) continue
    for (const event of events.slice(was.seq)) tallyEvent(tally, was, event)
  }
}

function tallyEvent(tally: Tally, before: Incident, event: IncidentEvent): void {
  count(tally, `event ${event.type}`)
  if (event.type === 'deadline_breached') {
    const { promise, rung, outcome, lagMs } = event.breach
    count(tally, `breach ${outcome} ${promise} ${rung}`)
    if (lagMs === 1) count(tally, 'edge breached 1 ms after it was due')
    return
  }
  const remaining = before.joined.filter(({ separatedAt }) => separatedAt === null).length
  if (event.type === 'reports_joined' && remaining > 0) count(tally, 'merge beside another')
  if (event.type === 'reports_separated' && remaining > 1) count(tally, 'merge undone beside another')
  if (event.type === 'merged' && remaining > 0) count(tally, 'merge of what was merged into')
  const { settled, fulfilled, resumed = [], advanced = [], paused = [] } = event.changes
  for (const { no, state } of settled) {
    const was = before.deadlines.find((row) => row.no === no)
    const dueAt = was?.state === 'running' ? was.dueAt : undefined
    if (state === 'met' && dueAt === event.at) count(tally, 'edge met in the very instant it was due')
    if (state === 'met' && dueAt === event.at + 1) count(tally, 'edge met 1 ms before it was due')
    if (state === 'met' && dueAt !== undefined && dueAt < event.at)
      count(tally, 'edge met late, by a clock that was not trusted')
    if (was?.state === 'paused') count(tally, `edge ${state} while it stood still`)
    if (state === 'cancelled') count(tally, `cancelled ${event.type}`)
  }
  if (paused.length > 0) count(tally, 'clocks stopped')
  if (resumed.length > 0) count(tally, `clocks gone on by ${event.type}`)
  for (const { byMs } of advanced) count(tally, byMs > 0 ? 'merge brings forward' : 'merge gives back')
  if (fulfilled.length > 0) count(tally, `kept late by ${event.type}`)
}

export function tallyWorld(tally: Tally, { cases }: PlayedWorld): void {
  count(tally, 'worlds')
  for (const { incident, ledger } of cases) {
    count(tally, `ended in ${incident.state}`)
    for (const promise of promiseKinds) {
      const first = ledger.clocks.filter(
        (clock) =>
          clock.promise === promise &&
          clock.generation === 1 &&
          clock.call === null &&
          clock.reportId === null,
      )
      count(tally, `rungs ${promise} ${first.length}`)
    }
  }
}
