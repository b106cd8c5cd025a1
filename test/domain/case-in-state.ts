import type { Command } from '../../src/domain/decide.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { type CaseOptions, type PlayedCase, playCase } from './played-case.ts'
import { type ActorName, call, minute } from './played-facts.ts'

type Way = readonly (readonly [Command | CommandType, ActorName])[]

/** A way into each state. */
const ways: Record<IncidentState, Way> = {
  received: [],
  reported: [['report_up', 'community']],
  dispatched: [['whistle', 'community']],
  on_site: [['arrive', 'community']],
  resolved: [['settle', 'community']],
  closed: [
    ['settle', 'community'],
    ['close', 'community'],
  ],
  rejected: [['reject', 'community']],
  merged: [['merge', 'community']],
}

/** Ways into the states in which units are at work, with a unit that supports: where the lead is awaited, it is there already. */
const supported: Partial<Record<IncidentState, Way>> = {
  dispatched: [
    [call('fire', 'volunteers'), 'community'],
    ['arrive', 'volunteer'],
  ],
  on_site: [
    [call('fire', 'volunteers'), 'community'],
    ['arrive', 'responder'],
  ],
}

/** A case that was brought into a state one minute after its receipt, and stands there. */
export function caseIn(state: IncidentState, options: CaseOptions = {}): PlayedCase {
  return going(ways[state], options)
}

/** The same, with a unit beside the lead where units are at work. */
export function supportedCaseIn(state: IncidentState, options: CaseOptions = {}): PlayedCase {
  return going(supported[state] ?? ways[state], options)
}

function going(way: Way, options: CaseOptions): PlayedCase {
  const played = playCase(options).at(minute)
  for (const [command, by] of way) played.act(command, by)
  return played
}
