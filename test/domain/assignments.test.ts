import t from 'tap'
import type { Deadline } from '../../src/domain/deadline.ts'
import { huangshi } from '../support/world-areas.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, receipt, units } from './played-facts.ts'

/** Each assignment as `assignee state`. */
function assignments({ incident }: PlayedCase): string[] {
  return incident.assignments.map(({ assignee, state }) => `${assignee.code} ${state}`)
}

/** The deadline that an assignment has of its own. */
function own({ incident }: PlayedCase, no: number): Deadline | undefined {
  return incident.deadlines.find(({ assignmentNo }) => assignmentNo === no)
}

t.test(
  'a whistle makes one assignment for each unit that it calls, each with a deadline of its own',
  async (t) => {
    const played = playCase().at(minute)
    t.equal(played.act(call('fire', 'party', 'volunteers'), 'community'), null)
    t.match(played.incident.assignments, [
      { no: 1, assignee: { kind: 'unit', code: 'fire' }, part: 'lead', whistledBy: huangshi.community },
      { no: 2, assignee: { kind: 'unit', code: 'party' }, part: 'support', state: 'assigned' },
      { no: 3, assignee: { kind: 'unit', code: 'volunteers' }, part: 'support', acceptedAt: null },
    ])
    for (const [index, code] of ['fire', 'party', 'volunteers'].entries())
      t.match(own(played, index + 1), {
        promise: 'on_site',
        rung: 'unit',
        accountable: { kind: 'unit', code },
        dueAt: receipt + minute + 6 * hour,
        generation: 1,
      })
  },
)

t.test('there is one live lead, and any number of others beside it', async (t) => {
  const played = playCase().at(minute)
  t.equal(played.act(call('fire'), 'community'), null)
  t.equal(played.act(call('order'), 'street'), 'lead_exists')
  t.equal(played.act(call(null, 'order', 'party'), 'street'), null)
  t.equal(played.act(call(null, 'rescue'), 'district'), null)
  t.equal(played.act(call(null, 'party'), 'community'), 'already_assigned')
  t.equal(played.incident.assignments.length, 4)
  for (const [by, moved] of [
    ['finish', 'responder'],
    ['withdraw', 'community'],
  ] as const) {
    const other = playCase().at(minute)
    other.act(call('fire'), 'community')
    if (by === 'finish') other.act('arrive', 'responder')
    t.equal(other.act(by, moved), null)
    t.equal(other.act(call('order'), 'street'), null, `after the lead's ${by} another one is called`)
  }
})

t.test('a case has fifty assignments at the most', async (t) => {
  const played = playCase().at(minute)
  for (let no = 1; no <= 50; no += 1) {
    t.equal(played.act(call('fire'), 'community'), null)
    t.equal(played.act({ type: 'withdraw', assignmentNo: no }, 'community'), null)
  }
  t.equal(played.act(call('fire'), 'community'), 'too_many_assignments')
  t.equal(played.act('hand_down', 'street'), 'too_many_assignments')
})

t.test('reporting in is an act of its own, which keeps no promise', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'community')
  const before = played.incident.deadlines
  t.equal(played.at(2 * minute).act('accept', 'responder'), null)
  t.match(played.incident.assignments, [
    { state: 'accepted', acceptedAt: receipt + 2 * minute, arrivedAt: null },
  ])
  t.same(played.incident.deadlines, before)
  t.equal(played.act('accept', 'responder'), 'already_accepted', 'once is enough')
  t.equal(played.act('accept', 'volunteer'), 'not_assigned')
  t.equal(played.act('accept', 'community'), 'not_assigned', 'nobody reports in for a unit')
})

t.test('whoever arrives has reported in, be it without a word before', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'community')
  played.at(hour).act('arrive', 'responder')
  t.match(played.incident.assignments, [
    { state: 'arrived', acceptedAt: receipt + hour, arrivedAt: receipt + hour },
  ])
  const earlier = playCase().at(minute)
  earlier.act('whistle', 'community')
  earlier.act('accept', 'responder')
  earlier.at(hour).act('arrive', 'responder')
  t.match(earlier.incident.assignments, [{ acceptedAt: receipt + minute, arrivedAt: receipt + hour }])
  t.equal(earlier.act('arrive', 'responder'), 'illegal_transition', 'nobody arrives twice')
})

t.test(
  'the lead’s arrival keeps the case’s promise and its own; a supporting one its own alone',
  async (t) => {
    const played = playCase().at(minute)
    played.act(call('fire', 'volunteers'), 'community')
    t.equal(played.at(hour).act('arrive', 'volunteer'), null)
    t.equal(played.incident.state, 'dispatched', 'the lead is awaited still')
    t.same(played.rows('on_site'), ['community running', 'unit running', 'unit met'])
    t.equal(played.at(2 * hour).act('arrive', 'responder'), null)
    t.equal(played.incident.state, 'on_site')
    t.same(played.rows('on_site'), ['community met', 'unit met', 'unit met'])
  },
)

t.test('a supporting unit that comes later than the lead changes nothing but its own', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers'), 'community')
  played.at(hour).act('arrive', 'responder')
  t.same(played.rows('on_site'), ['community met', 'unit met', 'unit running'])
  t.equal(played.at(6 * hour + minute + 1).act('arrive', 'volunteer'), null)
  t.same(played.rows('on_site'), ['community met', 'unit met', 'unit breached fulfilled'])
  t.equal(played.incident.state, 'on_site')
})

t.test('a lead that is called to a place where somebody stands already arrives there, too', async (t) => {
  const played = playCase().at(minute)
  played.act('arrive', 'grid')
  t.equal(played.act('whistle', 'community'), null)
  t.equal(played.incident.state, 'on_site')
  t.same(played.rows('on_site'), ['community met', 'unit running'])
  t.equal(played.at(hour).act('arrive', 'responder'), null)
  t.same(played.rows('on_site'), ['community met', 'unit met'])
})

t.test('a supporting unit does not do the lead’s work', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers'), 'community')
  t.equal(played.act('feedback', 'volunteer'), 'not_lead_unit')
  t.equal(played.act('settle', 'volunteer'), 'not_lead_unit')
  played.act('arrive', 'responder')
  t.equal(played.act('resolve', 'volunteer'), 'not_lead_unit')
  t.equal(played.act('request_extension', 'volunteer'), 'not_accountable')
  t.equal(played.act('feedback', 'responder'), null)
  t.equal(played.act('resolve', 'responder'), null)
})

t.test('a unit answers with its own deadline up to the millisecond, and its breach is carried', async (t) => {
  for (const [sinceDueMs, row, state] of [
    [-1, 'unit met', 'arrived'],
    [0, 'unit met', 'arrived'],
    [1, 'unit breached fulfilled', 'arrived'],
  ] as const) {
    const played = playCase().at(0)
    played.act(call(null, 'volunteers'), 'community')
    played.at(6 * hour + sinceDueMs).act('arrive', 'volunteer')
    t.equal(played.rows('on_site').at(-1), row, `${sinceDueMs} ms after it was due`)
    t.equal(played.incident.assignments[0]?.state, state)
    t.same(
      played.events.flatMap((event) =>
        event.type === 'deadline_breached' && event.breach.promise === 'on_site'
          ? [event.breach.outcome]
          : [],
      ),
      sinceDueMs > 0 ? ['carried'] : [],
    )
    t.match(played.live('on_site'), { rung: 'community' }, 'the case’s own stays with the area')
  }
})

t.test('only who has arrived finishes, and what is finished takes no part any more', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers'), 'community')
  t.equal(played.act('finish', 'responder'), 'not_arrived')
  played.act('arrive', 'responder')
  t.equal(played.at(hour).act('finish', 'responder'), null)
  t.match(played.incident.assignments[0], { state: 'finished', endedAt: receipt + hour })
  t.equal(played.incident.state, 'on_site')
  t.equal(played.act('resolve', 'responder'), 'not_assigned')
  t.equal(played.act('finish', 'responder'), 'not_assigned')
  t.equal(played.act('resolve', 'community'), null, 'the area ends the case')
})

t.test('the area that called, or one above it, withdraws; nobody below does, and not twice', async (t) => {
  for (const [by, code] of [
    ['grid', 'not_superior'],
    ['community', 'not_superior'],
    ['street', null],
    ['district', null],
    ['city', null],
    ['administrator', null],
    ['neighbour', 'not_your_area'],
  ] as const) {
    const played = playCase().at(minute)
    played.act('whistle', 'street')
    t.equal(played.act('withdraw', by), code, by)
    t.same(assignments(played), [code === null ? 'fire withdrawn' : 'fire assigned'])
    t.equal(played.rows('on_site').at(-1), code === null ? 'unit cancelled (withdrawn)' : 'unit running')
    if (code === null) t.equal(played.act('withdraw', by), 'assignment_not_open')
    t.equal(played.incident.state, 'dispatched')
    t.equal(
      played.act({ type: 'withdraw', assignmentNo: 9 }, by),
      by === 'neighbour' ? code : 'assignment_not_open',
    )
  }
})

t.test('while no lead is at work the area’s own worker arrives', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers'), 'community')
  t.equal(played.act('arrive', 'grid'), 'not_lead_unit')
  played.act('withdraw', 'community')
  t.equal(played.act('arrive', 'grid'), null)
  t.same(played.rows('on_site'), ['community met', 'unit cancelled (withdrawn)', 'unit running'])
  t.equal(played.act('arrive', 'grid'), 'illegal_transition')
})

t.test('assignments end with their case, wherever they stand', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire', 'volunteers', 'party'), 'community')
  played.act('arrive', 'volunteer')
  t.equal(played.at(hour).act('settle', 'community'), null)
  t.same(assignments(played), ['fire ended', 'volunteers ended', 'party ended'])
  t.same(played.rows('on_site'), [
    'community cancelled (settled)',
    'unit cancelled (settled)',
    'unit met',
    'unit cancelled (settled)',
  ])
  t.equal(played.act('accept', 'responder'), 'illegal_transition')
})

t.test('a unit acts in the name of the area that stands where the one stood that called it', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'street')
  const [city, district, , community, grid] = played.counterpart().context.place.path
  if (!city || !district || !community || !grid) throw new Error('the tree of these tests has five levels')
  const street = { code: '420202999000', kind: 'street' } as const
  played.moveTo({ path: [city, district, street, community, grid], treeVersion: 8 })
  t.equal(played.act('arrive', 'responder'), null)
  t.equal(played.act('resolve', 'responder'), null)
  t.equal(played.incident.endedByAreaCode, street.code, 'not the first rung: it was a street that called')
})

t.test('a unit of the whole city is called to a case like any other', async (t) => {
  const played = playCase().at(minute)
  t.equal(units.rescue.areaCode, huangshi.city)
  t.equal(played.act(call('rescue'), 'street'), null)
})
