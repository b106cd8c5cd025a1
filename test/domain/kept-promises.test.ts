import t from 'tap'
import { promiseKinds } from '../../src/domain/deadline.ts'
import type { IncidentState } from '../../src/domain/incident-state.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { caseIn } from './case-in-state.ts'
import { playCase } from './played-case.ts'
import { type ActorName, hour, minute } from './played-facts.ts'

/**
 * What is left of each promise after a command that came in time: the rows of report, feedback and on_site.
 */
const kept: readonly [IncidentState, CommandType, ActorName, string[], string[], string[]][] = [
  [
    'received',
    'report_up',
    'community',
    ['community met'],
    ['community cancelled (handed_over)', 'street running'],
    ['community cancelled (handed_over)', 'street running'],
  ],
  ['received', 'feedback', 'community', ['community running'], ['community met'], ['community running']],
  [
    'received',
    'whistle',
    'community',
    ['community met'],
    ['community running'],
    ['community running', 'unit running'],
  ],
  [
    'received',
    'whistle',
    'street',
    ['community met'],
    ['community cancelled (handed_over)', 'street running'],
    ['community cancelled (handed_over)', 'street running', 'unit running'],
  ],
  ['received', 'arrive', 'grid', ['community met'], ['community running'], ['community met']],
  ['received', 'settle', 'grid', ['community met'], ['community met'], ['community cancelled (settled)']],
  ['received', 'reject', 'grid', ['community met'], ['community met'], ['community cancelled (rejected)']],
  [
    'reported',
    'feedback',
    'street',
    ['community met'],
    ['community cancelled (handed_over)', 'street met'],
    ['community cancelled (handed_over)', 'street running'],
  ],
  [
    'reported',
    'whistle',
    'street',
    ['community met'],
    ['community cancelled (handed_over)', 'street running'],
    ['community cancelled (handed_over)', 'street running', 'unit running'],
  ],
  [
    'reported',
    'arrive',
    'grid',
    ['community met'],
    ['community cancelled (handed_over)', 'street running'],
    ['community cancelled (handed_over)', 'street met'],
  ],
  [
    'reported',
    'settle',
    'street',
    ['community met'],
    ['community cancelled (handed_over)', 'street met'],
    ['community cancelled (handed_over)', 'street cancelled (settled)'],
  ],
  [
    'reported',
    'reject',
    'street',
    ['community met'],
    ['community cancelled (handed_over)', 'street met'],
    ['community cancelled (handed_over)', 'street cancelled (rejected)'],
  ],
  [
    'dispatched',
    'feedback',
    'responder',
    ['community met'],
    ['community met'],
    ['community running', 'unit running'],
  ],
  [
    'dispatched',
    'arrive',
    'responder',
    ['community met'],
    ['community running'],
    ['community met', 'unit met'],
  ],
  [
    'dispatched',
    'settle',
    'community',
    ['community met'],
    ['community met'],
    ['community cancelled (settled)', 'unit cancelled (settled)'],
  ],
  [
    'dispatched',
    'reject',
    'community',
    ['community met'],
    ['community met'],
    ['community cancelled (rejected)', 'unit cancelled (rejected)'],
  ],
  ['on_site', 'feedback', 'grid', ['community met'], ['community met'], ['community met']],
  ['on_site', 'resolve', 'grid', ['community met'], ['community met'], ['community met']],
  ['resolved', 'close', 'community', ['community met'], ['community met'], ['community cancelled (settled)']],
  [
    'closed',
    'reopen',
    'community',
    ['community met'],
    ['community met', 'community running'],
    ['community cancelled (settled)', 'community running'],
  ],
  [
    'rejected',
    'reopen',
    'community',
    ['community met'],
    ['community met', 'community running'],
    ['community cancelled (rejected)', 'community running'],
  ],
]

t.test(
  'a command in time keeps its promises, hands up what it leaves live, and cancels what it ends',
  async (t) => {
    for (const [state, command, actor, ...rows] of kept) {
      const played = caseIn(state)
      t.equal(played.at(3 * minute).act(command, actor), null)
      t.same(promiseKinds.map(played.rows), rows, `${command} in ${state} by ${actor}`)
    }
  },
)

/** The same nine hours later: each promise of the community has run out and stands at the street. */
const late: readonly [CommandType, ActorName, string[], string[], string[]][] = [
  [
    'report_up',
    'community',
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street running'],
    ['community breached', 'street running'],
  ],
  [
    'feedback',
    'community',
    ['community breached', 'street running'],
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street running'],
  ],
  [
    'whistle',
    'community',
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street running'],
    ['community breached', 'street running', 'unit running'],
  ],
  [
    'arrive',
    'grid',
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street running'],
    ['community breached fulfilled', 'street met'],
  ],
  [
    'settle',
    'community',
    ['community breached fulfilled', 'street met'],
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street cancelled (settled)'],
  ],
  [
    'reject',
    'community',
    ['community breached fulfilled', 'street met'],
    ['community breached fulfilled', 'street met'],
    ['community breached', 'street cancelled (rejected)'],
  ],
]

t.test(
  'a command that comes late is breached first, meets the rung that the promise has reached, and fulfils below',
  async (t) => {
    for (const [command, actor, ...rows] of late) {
      const played = playCase().at(9 * hour)
      t.equal(played.act(command, actor), null)
      t.same(promiseKinds.map(played.rows), rows, `${command} nine hours after receipt`)
      t.same(
        played.events.map(({ type }) => type).slice(1, -1),
        ['deadline_breached', 'deadline_breached', 'deadline_breached'],
        'the breaches come before the command',
      )
    }
  },
)
