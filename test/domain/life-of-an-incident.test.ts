import t from 'tap'
import { promiseKinds } from '../../src/domain/deadline.ts'
import {
  type CommandType,
  commandTypes,
  type IncidentState,
  incidentStates,
} from '../../src/domain/incident.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import { type ActorName, hour, minute, type PlayedCase, playCase } from './played-case.ts'

/** Written from domain.md by hand, not from the code: the state after a command, or why it is refused. */
const no = 'illegal_transition'
const lives: Record<IncidentState, Record<CommandType, IncidentState | RefusalCode>> = {
  received: {
    report_up: 'reported',
    feedback: 'received',
    whistle: 'dispatched',
    arrive: 'on_site',
    settle: 'resolved',
    reject: 'rejected',
    resolve: 'not_arrived',
    close: no,
    reopen: no,
  },
  reported: {
    report_up: no,
    feedback: 'reported',
    whistle: 'dispatched',
    arrive: 'on_site',
    settle: 'resolved',
    reject: 'rejected',
    resolve: 'not_arrived',
    close: no,
    reopen: no,
  },
  dispatched: {
    report_up: no,
    feedback: 'dispatched',
    whistle: no,
    arrive: 'on_site',
    settle: 'resolved',
    reject: 'rejected',
    resolve: 'not_arrived',
    close: no,
    reopen: no,
  },
  on_site: {
    report_up: no,
    feedback: 'on_site',
    whistle: no,
    arrive: no,
    settle: no,
    reject: no,
    resolve: 'resolved',
    close: no,
    reopen: no,
  },
  resolved: {
    report_up: no,
    feedback: no,
    whistle: no,
    arrive: no,
    settle: no,
    reject: no,
    resolve: no,
    close: 'closed',
    reopen: 'reported',
  },
  closed: {
    report_up: no,
    feedback: no,
    whistle: no,
    arrive: no,
    settle: no,
    reject: no,
    resolve: no,
    close: no,
    reopen: 'reported',
  },
  rejected: {
    report_up: no,
    feedback: no,
    whistle: no,
    arrive: no,
    settle: no,
    reject: no,
    resolve: no,
    close: no,
    reopen: 'reported',
  },
}

/** A way into each state. */
const ways: Record<IncidentState, readonly CommandType[]> = {
  received: [],
  reported: ['report_up'],
  dispatched: ['whistle'],
  on_site: ['arrive'],
  resolved: ['settle'],
  closed: ['settle', 'close'],
  rejected: ['reject'],
}

/** Who may do a command in a state, where it is allowed at all. */
function who(state: IncidentState, command: CommandType): ActorName {
  return state === 'dispatched' && command === 'arrive' ? 'responder' : 'community'
}

function caseIn(state: IncidentState): PlayedCase {
  const played = playCase().at(minute)
  for (const command of ways[state]) played.act(command, 'community')
  return played
}

t.test(
  'each command in each state leads where domain.md says, or is refused and changes nothing',
  async (t) => {
    for (const state of incidentStates) {
      for (const command of commandTypes) {
        const played = caseIn(state)
        t.equal(played.incident.state, state, `the way into ${state}`)
        const before = played.incident
        const refusal = played.at(2 * minute).act(command, who(state, command))
        const expected = lives[state][command]
        t.equal(refusal ?? played.incident.state, expected, `${command} in ${state}: ${expected}`)
        if (refusal !== null)
          t.equal(played.incident, before, 'a refused command leaves the incident as it was')
        else t.equal(played.incident.revision, before.revision + 1, 'a command raises the revision by one')
      }
    }
  },
)

/**
 * What is left of each promise after a command that came in time: the rows of report, feedback and on_site. States whose
 * promises were settled on the way there are left out of a cell's reach by what they show.
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

t.test('what is overdue stays settled even if the command itself is refused', async (t) => {
  for (const [command, actor, code] of [
    ['close', 'community', 'illegal_transition'],
    ['resolve', 'grid', 'not_arrived'],
    ['feedback', 'neighbour', 'not_your_area'],
    ['feedback', 'responder', 'not_lead_unit'],
  ] as const) {
    const played = playCase().at(10 * minute + 1)
    const { revision, seq } = played.incident
    t.equal(played.act(command, actor), code)
    t.same(played.rows('report'), ['community breached', 'street running'])
    t.equal(played.incident.revision, revision, 'a clock does not raise the revision')
    t.equal(played.incident.seq, seq + 1)
  }
})

t.test('an ended case can run out of nothing', async (t) => {
  for (const state of ['resolved', 'closed', 'rejected'] as const) {
    t.equal(
      caseIn(state)
        .at(1000 * hour)
        .settle(),
      0,
      state,
    )
  }
})
