import t from 'tap'
import type { Deadline } from '../../src/domain/deadline.ts'
import { huangshi } from '../support/world-areas.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, day, hour, minute, policy, receipt } from './played-facts.ts'

/** A case whose first unit has given its assignment back, so that the next return is ruled on by the area above. */
function returnedOnce(by: 'community' | 'street' = 'community'): PlayedCase {
  const played = playCase().at(minute)
  played.act(call('fire'), by)
  played.at(2 * minute).act('return', 'responder')
  return played
}

function areasOwing({ incident }: PlayedCase): Deadline[] {
  return incident.deadlines.filter(
    ({ promise, assignmentNo, state }) =>
      promise === 'on_site' && assignmentNo === null && state === 'running',
  )
}

t.test('a first return ends the assignment, and the area assigns again', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  t.equal(played.at(2 * minute).act('return', 'responder'), null)
  t.match(played.incident.assignments, [{ state: 'returned', endedAt: receipt + 2 * minute }])
  t.same(played.rows('on_site'), ['community running', 'unit cancelled (returned)'])
  t.equal(played.incident.state, 'dispatched')
  t.equal(played.act('arrive', 'responder'), 'not_assigned')
  t.equal(played.act(call('fire'), 'community'), null, 'be it to the same unit')
  t.match(played.incident.deadlines.at(-1), { assignmentNo: 2, dueAt: receipt + 2 * minute + 6 * hour })
})

t.test('a returned case has somebody who answers for it at every instant (首接负责制)', async (t) => {
  const played = returnedOnce()
  t.equal(areasOwing(played).length, 1)
  t.match(areasOwing(played), [
    { accountable: { kind: 'area', code: huangshi.community }, dueAt: receipt + 8 * hour },
  ])
  played.act(call('party'), 'community')
  t.equal(areasOwing(played).length, 1, 'the same row, whose time has not begun anew')
})

t.test('as many returns end by themselves as the policy says, and the next one waits', async (t) => {
  for (const returnsMax of [0, 1, 2]) {
    const played = playCase({ policy: { ...policy, returnsMax } }).at(minute)
    for (let nth = 1; nth <= returnsMax; nth += 1) {
      played.act(call('fire'), 'community')
      t.equal(played.act('return', 'responder'), null)
      t.equal(played.incident.assignments.at(-1)?.state, 'returned', `return ${nth} of ${returnsMax}`)
    }
    played.act(call('fire'), 'community')
    t.equal(played.act('return', 'responder'), null)
    t.match(played.incident.assignments.at(-1), { state: 'return_requested', endedAt: null })
    t.equal(played.rows('on_site').at(-1), 'unit running', 'the unit answers for it until there is a ruling')
    t.equal(played.act('return', 'responder'), 'return_pending')
    t.equal(played.act('accept', 'responder'), 'return_pending')
    t.equal(played.act(call('party'), 'community'), 'lead_exists')
  }
})

t.test('a supporting unit’s return counts like the lead’s', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers'), 'community')
  t.equal(played.act('return', 'volunteer'), null)
  t.equal(played.act('return', 'responder'), null)
  t.same(
    played.incident.assignments.map(({ state }) => state),
    ['return_requested', 'returned'],
  )
})

t.test('an area above the one that called rules; the one that called does not', async (t) => {
  for (const [by, code] of [
    ['grid', 'not_superior'],
    ['community', 'not_superior'],
    ['street', 'not_superior'],
    ['district', null],
    ['city', null],
    ['administrator', null],
    ['districtKeeper', null],
    ['neighbour', 'not_your_area'],
  ] as const) {
    const played = returnedOnce('street')
    played.act(call('fire'), 'street')
    played.act('return', 'responder')
    t.equal(played.act({ type: 'rule_return', assignmentNo: 2, upheld: true }, by), code, by)
  }
})

t.test('an upheld return ends the assignment', async (t) => {
  const played = returnedOnce()
  played.act(call('fire'), 'community')
  played.act('return', 'responder')
  t.equal(played.at(hour).act({ type: 'rule_return', assignmentNo: 2, upheld: true }, 'street'), null)
  t.match(played.incident.assignments[1], {
    state: 'returned',
    endedAt: receipt + hour,
    returnRefused: false,
  })
  t.equal(played.rows('on_site').at(-1), 'unit cancelled (returned)')
  t.equal(played.act(call('party'), 'community'), null)
})

t.test('a refused return stays refused: the unit has to go', async (t) => {
  for (const accepted of [true, false]) {
    const played = returnedOnce()
    played.act(call('fire'), 'community')
    if (accepted) played.act('accept', 'responder')
    played.act('return', 'responder')
    t.equal(played.act({ type: 'rule_return', assignmentNo: 2, upheld: false }, 'street'), null)
    t.match(played.incident.assignments[1], {
      state: accepted ? 'accepted' : 'assigned',
      returnRefused: true,
      endedAt: null,
    })
    t.equal(played.act('return', 'responder'), 'return_not_possible')
    t.equal(played.act('accept', 'responder'), accepted ? 'already_accepted' : null)
    t.equal(played.act('arrive', 'responder'), null)
  }
})

t.test('nothing is ruled on that nobody has asked for', async (t) => {
  const played = returnedOnce()
  for (const assignmentNo of [1, 2, 9])
    t.equal(played.act({ type: 'rule_return', assignmentNo, upheld: true }, 'street'), 'assignment_not_open')
  played.act(call('fire'), 'community')
  t.equal(played.act({ type: 'rule_return', assignmentNo: 2, upheld: true }, 'street'), 'assignment_not_open')
})

t.test(
  'whoever has arrived cannot return, and whoever asked to and comes all the same is there',
  async (t) => {
    const there = playCase().at(minute)
    there.act('whistle', 'community')
    there.act('arrive', 'responder')
    t.equal(there.act('return', 'responder'), 'return_not_possible')
    const undecided = returnedOnce()
    undecided.act(call('fire'), 'community')
    undecided.act('return', 'responder')
    t.equal(undecided.at(hour).act('arrive', 'responder'), null)
    t.match(undecided.incident.assignments[1], { state: 'arrived', endedAt: null })
    t.equal(
      undecided.act({ type: 'rule_return', assignmentNo: 2, upheld: true }, 'street'),
      'assignment_not_open',
      'there is nothing to rule on any more',
    )
  },
)

t.test('a unit that waits for a ruling runs out of time like any other', async (t) => {
  const played = returnedOnce()
  played.at(0 + 3 * minute).act(call('fire'), 'community')
  played.act('return', 'responder')
  played.at(6 * hour + 3 * minute).settle()
  t.equal(played.rows('on_site').at(-1), 'unit running')
  played.at(6 * hour + 3 * minute + 1).settle()
  t.equal(played.rows('on_site').at(-1), 'unit breached')
  t.equal(played.act({ type: 'rule_return', assignmentNo: 2, upheld: true }, 'street'), null)
  t.equal(played.rows('on_site').at(-1), 'unit breached', 'a ruling takes no breach back')
})

t.test('returns of before a reopening count, too', async (t) => {
  const played = returnedOnce()
  played.act('settle', 'community')
  played.at(day).act('reopen', 'community')
  played.act(call('fire'), 'community')
  played.act('return', 'responder')
  t.equal(played.incident.assignments.at(-1)?.state, 'return_requested')
})

t.test('an area that the case was given to returns it like a unit', async (t) => {
  const played = playCase().at(minute)
  played.act('hand_down', 'street')
  t.equal(played.act('return', 'street'), 'not_assigned', 'the street has it not')
  t.equal(played.act('return', 'community'), null)
  t.match(played.incident.assignments, [{ state: 'returned', assignee: { kind: 'area' } }])
  t.equal(played.rows('on_site').at(-1), 'community cancelled (returned)')
})
