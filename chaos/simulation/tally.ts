import type { Incident } from '../../src/domain/incident.ts'
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
  before: Incident,
  step: Step,
  { word }: Outcome,
  played: PlayedWorld,
): void {
  count(tally, step.do === 'act' ? `act ${before.state} ${step.command} ${word}` : `${step.do} ${word}`)
  if (played.incident === before) return
  for (const event of played.events.slice(before.seq)) {
    if (event.type === 'deadline_breached') {
      const { promise, rung, outcome, lagMs } = event.breach
      count(tally, `breach ${outcome} ${promise} ${rung}`)
      if (lagMs === 1) count(tally, 'edge breached 1 ms after it was due')
      continue
    }
    for (const { no, state } of event.changes.settled) {
      const dueAt = before.deadlines.find((row) => row.no === no)?.dueAt
      if (state === 'met' && dueAt === event.at) count(tally, 'edge met in the very instant it was due')
      if (state === 'met' && dueAt === event.at + 1) count(tally, 'edge met 1 ms before it was due')
      if (state === 'met' && dueAt !== undefined && dueAt < event.at)
        count(tally, 'edge met late, by a clock that was not trusted')
      if (state === 'cancelled') count(tally, `cancelled ${event.type}`)
    }
    if (event.changes.fulfilled.length > 0) count(tally, `kept late by ${event.type}`)
  }
}

export function tallyWorld(tally: Tally, { incident, picture }: PlayedWorld): void {
  count(tally, 'worlds')
  count(tally, `ended in ${incident.state}`)
  for (const [promise, { areas }] of picture.climbs) {
    const first = areas.filter(({ generation }) => generation === 1).length
    count(tally, `rungs ${promise} ${first}`)
  }
}
