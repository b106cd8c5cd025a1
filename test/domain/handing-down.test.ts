import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { caseIn } from './case-in-state.ts'
import { playCase } from './played-case.ts'
import { call, hour, minute, onLadder, place, places, receipt } from './played-facts.ts'

const { grid, community, street, district, neighbour } = huangshi
const to = (areaCode: string) => ({ type: 'hand_down', areaCode }) as const

t.test('a case is given to an area below, which leads from then on with a deadline of its own', async (t) => {
  const played = playCase().at(minute)
  t.equal(played.act(to(community), 'street'), null)
  t.equal(played.incident.state, 'dispatched')
  t.match(played.incident.assignments, [
    { no: 1, assignee: { kind: 'area', code: community }, part: 'lead', whistledBy: street },
  ])
  t.match(played.incident.deadlines.at(-1), {
    promise: 'on_site',
    rung: 'community',
    accountable: { kind: 'area', code: community },
    assignmentNo: 1,
    dueAt: receipt + minute + 6 * hour,
  })
})

t.test('duty does not fall back: the area above stays accountable for the case’s own promises', async (t) => {
  const played = playCase().at(minute)
  played.act(to(community), 'street')
  t.equal(played.rows('report')[0], 'community met')
  for (const promise of ['feedback', 'on_site'] as const)
    t.match(played.live(promise), { rung: 'street', accountable: { kind: 'area', code: street } }, promise)
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'street running', 'community running'])
})

t.test('the area that has it reports in, arrives by its own worker, and finishes', async (t) => {
  const played = playCase().at(minute)
  played.act(to(community), 'street')
  t.equal(played.act('accept', 'community'), null)
  t.equal(played.act('arrive', 'grid'), null, 'a grid worker of its own')
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'street met', 'community met'])
  t.equal(played.incident.state, 'on_site')
  t.equal(played.act('finish', 'grid'), null)
  t.match(played.incident.assignments, [{ state: 'finished' }])
  t.equal(played.act('resolve', 'street'), null)
})

t.test('nobody beside or above the area that has it does its work', async (t) => {
  const played = playCase().at(minute)
  played.act(to(grid), 'street')
  for (const by of ['community', 'street', 'district'] as const) {
    t.equal(played.act('accept', by), 'not_assigned', by)
    t.equal(played.act('arrive', by), 'not_lead_unit', by)
  }
  t.equal(played.act('accept', 'grid'), null)
})

t.test(
  'what an area was given is its own to take on and to return, and not that of an area within it',
  async (t) => {
    const played = playCase().at(minute)
    played.act(to(street), 'district')
    for (const by of ['community', 'grid'] as const)
      for (const command of ['accept', 'return', 'finish', 'request_pause'] as const)
        t.equal(
          played.act(command, by),
          command === 'request_pause' ? 'not_accountable' : 'not_assigned',
          `${command} by the ${by}`,
        )
    t.match(played.incident.assignments, [{ state: 'assigned' }])
    t.equal(played.act('accept', 'street'), null)
  },
)

t.test('whoever works within the area that has the case comes for it', async (t) => {
  const played = playCase().at(minute)
  played.act(to(street), 'district')
  t.equal(played.act('arrive', 'grid'), null)
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'district met', 'street met'])
  t.match(played.incident.assignments, [{ state: 'arrived' }])
  t.equal(played.act('arrive', 'grid'), 'illegal_transition', 'once')
  t.equal(played.act('finish', 'grid'), 'not_assigned', 'that it is done is the street’s word')
  t.equal(played.act('finish', 'street'), null)
})

t.test('a breach of what was given down is carried, and told to whoever gave it', async (t) => {
  const played = playCase().at(0)
  played.act('feedback', 'community')
  played.act(to(community), 'street')
  played.at(6 * hour + 1).settle()
  const breach = played.events.at(-1)
  t.match(breach, {
    type: 'deadline_breached',
    breach: { rung: 'community', accountable: { code: community }, outcome: 'carried' },
    changes: { started: [] },
  })
  t.match(played.live('on_site'), { rung: 'street' })
})

t.test('a case is given to an area between the actor’s and its own, nowhere else', async (t) => {
  for (const [code, by, refusal] of [
    [grid, 'community', null],
    [grid, 'district', null],
    [street, 'district', null],
    [community, 'community', 'not_below'],
    [street, 'community', 'not_below'],
    [district, 'street', 'not_below'],
    [neighbour, 'street', 'not_below'],
    ['420299000000', 'city', 'not_below'],
    [community, 'neighbour', 'not_your_area'],
  ] as const) {
    const played = playCase().at(minute)
    t.equal(played.act(to(code), by), refusal, `${code} by ${by}`)
  }
})

t.test('a case that somebody leads is not given to somebody else', async (t) => {
  const led = caseIn('dispatched')
  t.equal(led.act(to(community), 'street'), 'lead_exists')
  const given = playCase().at(minute)
  given.act(to(community), 'street')
  t.equal(given.act(to(grid), 'district'), 'lead_exists')
  t.equal(given.act(call('fire'), 'community'), 'lead_exists', 'whoever has it leads')
  t.equal(given.act(call(null, 'fire'), 'community'), null)
  t.equal(given.act('withdraw', 'street'), null)
  t.equal(given.act(to(grid), 'district'), null)
})

t.test(
  'a category that a community may not be made to carry is not pushed down, and the rule is named',
  async (t) => {
    const admitted = playCase({ admittedFrom: 'community' }).at(minute)
    t.equal(admitted.act(to(grid), 'community'), 'category_not_admitted', 'a grid stands below a community')
    t.equal(admitted.act(to(community), 'street'), null)
    const refused = playCase({ admittedFrom: 'street' }).at(minute)
    t.equal(refused.act(to(community), 'district'), 'category_not_admitted')
    t.same(refused.refusal, {
      code: 'category_not_admitted',
      rule: 'category:fire_lane_blocked:admittedFrom',
      named: community,
    })
    t.equal(refused.act(to(street), 'district'), null)
  },
)

t.test('what a community is not admitted to starts at the street', async (t) => {
  for (const [admittedFrom, code] of [
    ['grid', community],
    ['community', community],
    ['street', street],
    ['district', district],
  ] as const) {
    const played = playCase({ admittedFrom })
    for (const promise of ['report', 'feedback', 'on_site'] as const)
      t.match(
        played.live(promise),
        { accountable: { kind: 'area', code } },
        `${promise} from the ${admittedFrom}`,
      )
  }
  t.equal(playCase({ admittedFrom: 'street' }).due('report'), 11 * minute, 'with the street’s own limit')
})

t.test('where the ladder ends below, the whole ladder counts: somebody has to answer', async (t) => {
  const low = playCase({ admittedFrom: 'street', policy: onLadder('grid', 'community') })
  t.equal(low.live('report')?.accountable.code, grid)
  const high = playCase({ admittedFrom: 'city' })
  t.equal(high.live('report')?.accountable.code, community)
  const gap = playCase({ admittedFrom: 'street', place: places.withoutStreet })
  t.equal(gap.live('report')?.rung, 'district', 'a tree without streets')
})

t.test('a community still checks and hands up what it is not admitted to', async (t) => {
  const played = playCase({ admittedFrom: 'street' }).at(minute)
  t.equal(played.act('report_up', 'community'), null)
  t.same(played.rows('report'), ['street met'])
  t.equal(played.live('feedback')?.accountable.code, street)
})

t.test('a reopened case does not come back to a community that may not be made to carry it', async (t) => {
  const played = playCase({ admittedFrom: 'street' }).at(minute)
  t.equal(played.act('settle', 'community'), null)
  played.at(hour).act('reopen', 'district')
  for (const promise of ['feedback', 'on_site'] as const)
    t.match(played.live(promise), { rung: 'street', accountable: { code: street } }, promise)
  t.equal(played.due('feedback'), hour + 2 * hour)
})

t.test('an area that the case’s own has moved away from has no part in it any more', async (t) => {
  const [city, own, , , inner] = places.grid.path
  if (!city || !own || !inner) throw new Error('the tree of these tests has five levels')
  const played = playCase().at(minute)
  played.act(to(community), 'street')
  const elsewhere = { code: neighbour, kind: 'community' } as const
  played.moveTo(place([city, own, { code: street, kind: 'street' }, elsewhere, inner], 8))
  t.equal(played.act('accept', 'community'), 'not_your_area')
  t.match(played.incident.assignments, [{ assignee: { kind: 'area', code: neighbour }, state: 'assigned' }])
  t.equal(played.act('accept', 'grid'), null, 'as a worker of the community that has it now')
  t.equal(played.act('withdraw', 'street'), null)
})
