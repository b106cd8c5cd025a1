import t from 'tap'
import type { Command } from '../../src/domain/decide.ts'
import { type IncidentState, incidentStates } from '../../src/domain/incident-state.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import { type CommandType, commandTypes } from '../../src/domain/transitions.ts'
import { caseIn, supportedCaseIn } from './case-in-state.ts'
import { commandOf, playCase, reportId } from './played-case.ts'
import { type ActorName, call, hour, minute, policy, receipt } from './played-facts.ts'

type Ending = IncidentState | RefusalCode
const no = 'illegal_transition'
const never = [no, no, no, no] as const
const stays = ['received', 'reported', 'dispatched', 'on_site', ...never] as const
const atWork = [no, no, 'dispatched', 'on_site', ...never] as const

/**
 * Written by hand from the rules (docs/domain.md, The life of an incident), not from the code: the state after a command,
 * or why it is refused, in the states received, reported, dispatched, on_site, resolved, closed, rejected and merged.
 */
const lives: Record<CommandType, readonly [Ending, Ending, Ending, Ending, Ending, Ending, Ending, Ending]> =
  {
    report_up: ['reported', no, no, no, ...never],
    feedback: stays,
    whistle: ['dispatched', 'dispatched', 'dispatched', 'on_site', ...never],
    hand_down: ['dispatched', 'dispatched', 'dispatched', no, ...never],
    accept: atWork,
    arrive: ['on_site', 'on_site', 'on_site', 'on_site', ...never],
    return: atWork,
    rule_return: atWork,
    withdraw: atWork,
    finish: atWork,
    settle: ['resolved', 'resolved', 'resolved', no, ...never],
    reject: ['rejected', 'rejected', 'rejected', no, ...never],
    resolve: ['not_arrived', 'not_arrived', 'not_arrived', 'resolved', ...never],
    close: [no, no, no, no, 'closed', no, no, no],
    reopen: [no, no, no, no, 'reported', 'reported', 'reported', no],
    raise: stays,
    urge: stays,
    request_pause: stays,
    request_extension: stays,
    approve_relief: stays,
    refuse_relief: stays,
    resume: stays,
    merge: ['merged', 'merged', 'merged', no, ...never],
    unmerge: [no, no, no, no, no, no, no, 'received'],
    rate: [no, no, no, no, 'closed', 'closed', no, no],
    reveal_reporter: [...incidentStates],
  }

type Steps = readonly (readonly [Command | CommandType, ActorName])[]
const asking: Steps = [
  [{ type: 'request_pause', promises: ['feedback'], until: receipt + hour }, 'community'],
  [{ type: 'request_pause', promises: ['feedback'], until: receipt + hour }, 'street'],
]

/** What must have happened before a command can go through at all; where that cannot happen, nothing does. */
const beforehand: Partial<Record<CommandType, Steps>> = {
  hand_down: [['withdraw', 'community']],
  rule_return: [
    ['return', 'responder'],
    ['return', 'volunteer'],
  ],
  approve_relief: asking,
  refuse_relief: asking,
  resume: [...asking, ['approve_relief', 'city']],
}

/** Who does a command in a state, and with what, so that nothing but the state stands in its way. */
function asked(command: CommandType, state: IncidentState): [Command, ActorName] {
  const usual = commandOf(command, receipt + 2 * minute)
  const supporting = state === 'on_site' ? 'volunteer' : 'responder'
  const holding = state === 'reported' ? 'street' : 'community'
  switch (usual.type) {
    case 'whistle':
      return [call(null, 'party'), 'community']
    case 'accept':
    case 'return':
      return [usual, supporting]
    case 'arrive':
      return [usual, state === 'dispatched' || state === 'on_site' ? supporting : 'grid']
    case 'finish':
      return [usual, state === 'on_site' ? 'responder' : 'volunteer']
    case 'rule_return':
      return [{ ...usual, assignmentNo: state === 'on_site' ? 2 : 1 }, 'street']
    case 'request_pause':
    case 'request_extension':
      return [{ ...usual, promises: ['feedback'] }, holding]
    case 'hand_down':
      return [usual, 'street']
    case 'raise':
    case 'urge':
    case 'approve_relief':
    case 'refuse_relief':
    case 'resume':
      return [usual, 'district']
    case 'rate':
      return [usual, 'resident']
    case 'reveal_reporter':
      return [usual, 'auditor']
    default:
      return [usual, 'community']
  }
}

t.test(
  'each command in each state leads where the rules say, or is refused and changes nothing',
  async (t) => {
    for (const [index, state] of incidentStates.entries()) {
      for (const command of commandTypes) {
        const played = supportedCaseIn(state, { policy: { ...policy, returnsMax: 0 } })
        t.equal(played.incident.state, state, `the way into ${state}`)
        for (const [step, by] of beforehand[command] ?? []) played.act(step, by)
        const before = played.incident
        const refusal = played.at(2 * minute).act(...asked(command, state))
        const expected = lives[command][index]
        t.equal(refusal ?? played.incident.state, expected, `${command} in ${state}: ${expected}`)
        if (refusal !== null)
          t.equal(played.incident, before, 'a refused command leaves the incident as it was')
        else {
          t.equal(played.incident.revision, before.revision + 1, 'a command raises the revision by one')
          t.equal(played.incident.seq, before.seq + 1, 'and is one event')
        }
      }
    }
  },
)

t.test('a rating that says no leads back to reported, from resolved and from closed', async (t) => {
  for (const state of ['resolved', 'closed'] as const) {
    const played = caseIn(state)
    const rating = { reportId, solved: false, satisfaction: 1 }
    t.equal(played.act({ type: 'rate', rating, othersAsked: false, rated: false }, 'resident'), null)
    t.equal(played.incident.state, 'reported')
  }
})

t.test('a merge that is undone leads back to where the case stood', async (t) => {
  for (const state of ['received', 'reported', 'dispatched'] as const) {
    const played = caseIn(state)
    played.act('merge', 'community')
    t.equal(played.at(hour).act('unmerge', 'community'), null)
    t.equal(played.incident.state, state)
  }
})

t.test('what is overdue stays settled even if the command itself is refused', async (t) => {
  for (const [command, actor, code] of [
    ['close', 'community', 'illegal_transition'],
    ['resolve', 'grid', 'not_arrived'],
    ['feedback', 'neighbour', 'not_your_area'],
    ['feedback', 'responder', 'not_assigned'],
    ['settle', 'volunteer', 'not_assigned'],
    ['approve_relief', 'district', 'relief_not_open'],
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
  for (const state of ['closed', 'rejected', 'merged'] as const) {
    t.equal(
      caseIn(state)
        .at(1000 * hour)
        .settle(),
      0,
      state,
    )
  }
})
