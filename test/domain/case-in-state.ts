import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { minute, type PlayedCase, playCase } from './played-case.ts'

/** A way into each state. */
const ways: Record<IncidentState, readonly CommandType[]> = {
  received: [],
  reported: ['report_up'],
  dispatched: ['whistle'],
  on_site: ['arrive'],
  resolved: ['settle'],
  closed: ['settle', 'close'],
  rejected: ['reject'],
  merged: ['merge'],
}

/** A case that was brought into a state one minute after its receipt, and stands there. */
export function caseIn(state: IncidentState): PlayedCase {
  const played = playCase().at(minute)
  for (const command of ways[state]) played.act(command, 'community')
  return played
}
