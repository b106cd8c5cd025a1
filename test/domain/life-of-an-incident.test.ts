import t from 'tap'
import { type IncidentState, incidentStates } from '../../src/domain/incident-state.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import { type CommandType, commandTypes } from '../../src/domain/transitions.ts'
import { caseIn } from './case-in-state.ts'
import { type ActorName, hour, minute, playCase } from './played-case.ts'

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

/** Who may do a command in a state, where it is allowed at all. */
function who(state: IncidentState, command: CommandType): ActorName {
  return state === 'dispatched' && command === 'arrive' ? 'responder' : 'community'
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
