import type { CancelReason, PromiseKind } from './deadline.ts'
import { type IncidentState, openStates } from './incident-state.ts'

/** What can be done to an incident. Each is one event. */
export const commandTypes = [
  'report_up',
  'feedback',
  'whistle',
  'hand_down',
  'accept',
  'arrive',
  'return',
  'rule_return',
  'withdraw',
  'finish',
  'settle',
  'reject',
  'resolve',
  'close',
  'reopen',
  'raise',
  'urge',
  'request_pause',
  'request_extension',
  'approve_relief',
  'refuse_relief',
  'resume',
  'merge',
  'unmerge',
  'rate',
  'reveal_reporter',
] as const
export type CommandType = (typeof commandTypes)[number]

/** What a command does to an incident, apart from whom it concerns. */
export interface Transition {
  /** From which state it leads into which. Where one state has several ways out, the command's own rule chooses. */
  readonly moves: readonly (readonly [from: IncidentState, to: IncidentState])[]
  /** The promises that the command keeps, late or in time. */
  readonly keeps: readonly PromiseKind[]
  /** The command ends the case: whatever is still live is cancelled for this reason. */
  readonly cancels?: CancelReason
}

const undecided = ['received', 'reported', 'dispatched'] as const satisfies IncidentState[]
const atWork = ['dispatched', 'on_site'] as const satisfies IncidentState[]
const ended = ['resolved', 'closed', 'rejected'] as const satisfies IncidentState[]

type Moves = Transition['moves']
const into = (to: IncidentState, from: readonly IncidentState[]): Moves => from.map((state) => [state, to])
const stay = (states: readonly IncidentState[]): Moves => states.map((state) => [state, state])
const none = { keeps: [] } as const

/**
 * What leads where (docs/domain.md, The life of an incident). ARCHITECTURE.md draws it, and a test compares the drawing
 * with this table.
 */
export const transitions: Readonly<Record<CommandType, Transition>> = {
  report_up: { moves: into('reported', ['received']), keeps: ['report'] },
  feedback: { moves: stay(openStates), keeps: ['feedback'] },
  whistle: { moves: [...into('dispatched', undecided), ['on_site', 'on_site']], keeps: ['report'] },
  hand_down: { moves: into('dispatched', undecided), keeps: ['report'] },
  accept: { moves: stay(atWork), ...none },
  arrive: {
    moves: [...into('on_site', undecided), ['dispatched', 'dispatched'], ['on_site', 'on_site']],
    keeps: ['report', 'on_site'],
  },
  return: { moves: stay(atWork), ...none },
  rule_return: { moves: stay(atWork), ...none },
  withdraw: { moves: stay(atWork), ...none },
  finish: { moves: stay(atWork), ...none },
  settle: { moves: into('resolved', undecided), keeps: ['report', 'feedback'], cancels: 'settled' },
  reject: { moves: into('rejected', undecided), keeps: ['report', 'feedback'], cancels: 'rejected' },
  resolve: { moves: into('resolved', ['on_site']), keeps: ['feedback'], cancels: 'resolved' },
  close: { moves: into('closed', ['resolved']), ...none },
  reopen: { moves: into('reported', ended), ...none },
  raise: { moves: stay(openStates), ...none },
  urge: { moves: stay(openStates), ...none },
  request_pause: { moves: stay(openStates), ...none },
  request_extension: { moves: stay(openStates), ...none },
  approve_relief: { moves: stay(openStates), ...none },
  refuse_relief: { moves: stay(openStates), ...none },
  resume: { moves: stay(openStates), ...none },
  merge: { moves: into('merged', undecided), keeps: ['report'], cancels: 'merged' },
  unmerge: { moves: undecided.map((state) => ['merged', state]), ...none },
  rate: {
    moves: [
      ['resolved', 'closed'],
      ['resolved', 'resolved'],
      ['resolved', 'reported'],
      ['closed', 'closed'],
      ['closed', 'reported'],
    ],
    ...none,
  },
  reveal_reporter: { moves: stay([...openStates, ...ended, 'merged']), ...none },
}

/** The state that a command leads into unless its own rule chooses another; nothing where it is not allowed. */
export function stateAfter(command: CommandType, state: IncidentState): IncidentState | undefined {
  return transitions[command].moves.find(([from]) => from === state)?.[1]
}
