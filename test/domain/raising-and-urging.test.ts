import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, onLadder, policy, receipt } from './played-facts.ts'

const to = (rung: 'grid' | 'community' | 'street' | 'district' | 'city') => ({ type: 'raise', rung }) as const

function urges({ incident }: PlayedCase): string[] {
  return incident.deadlines.flatMap(({ promise, rung, urges }) =>
    urges > 0 ? [`${promise} ${rung} ${urges}`] : [],
  )
}

t.test('a case is raised to a chosen rung, and every clock goes on there as it was', async (t) => {
  const played = playCase().at(5 * minute)
  t.equal(played.act(to('district'), 'district'), null)
  t.equal(played.incident.state, 'received', 'its state is what it was')
  for (const [promise, limitMs] of [
    ['report', 10 * minute],
    ['feedback', hour],
    ['on_site', 8 * hour],
  ] as const)
    t.match(
      played.live(promise),
      { accountable: { code: huangshi.district }, dueAt: receipt + limitMs, startedAt: receipt + 5 * minute },
      promise,
    )
  t.same(played.rows('report'), ['community cancelled (handed_over)', 'district running'])
})

t.test(
  'what a rung takes over keeps what its due time was put off by, and how often it was urged',
  async (t) => {
    const promises = ['on_site'] as const
    const played = playCase().at(minute)
    played.act({ type: 'request_extension', promises, byMs: 2 * hour }, 'community')
    t.equal(played.act({ type: 'approve_relief', reliefNo: 1 }, 'street'), null)
    t.equal(played.act('urge', 'district'), null)
    played.act({ type: 'request_pause', promises, until: receipt + 3 * hour }, 'community')
    t.equal(played.act({ type: 'approve_relief', reliefNo: 2 }, 'street'), null)
    t.equal(played.at(hour).act(to('street'), 'district'), null, 'while its clock stands still')
    t.match(played.live('on_site'), { extendedMs: 2 * hour, urges: 1, pausedMs: 0, state: 'paused' })
    t.equal(played.at(2 * hour).act({ type: 'resume', reliefNo: 2 }, 'street'), null)
    played.act('urge', 'district')
    played.act(to('district'), 'district')
    const pausedMs = 2 * hour - minute
    t.match(played.live('on_site'), {
      accountable: { code: huangshi.district },
      dueAt: receipt + 10 * hour + pausedMs,
      extendedMs: 2 * hour,
      pausedMs,
      urges: 2,
    })
    t.match(played.live('feedback'), { extendedMs: 0, pausedMs: 0 }, 'each clock by itself')
  },
)

t.test('whoever raises stands as high as the rung, and higher than who answers now', async (t) => {
  for (const [by, rung, refusal] of [
    ['community', 'street', 'not_superior'],
    ['street', 'district', 'not_superior'],
    ['street', 'street', null],
    ['district', 'street', null],
    ['city', 'street', null],
    ['city', 'city', null],
    ['district', 'city', 'no_rung_above'],
    ['community', 'community', 'nothing_to_raise'],
    ['district', 'community', 'nothing_to_raise'],
    ['district', 'grid', 'no_rung_above'],
    ['neighbour', 'street', 'not_your_area'],
  ] as const)
    t.equal(playCase().at(minute).act(to(rung), by), refusal, `${by} to the ${rung}`)
})

t.test('what has climbed as high already stays where it is', async (t) => {
  const played = playCase().at(10 * minute + 1)
  t.equal(played.act(to('street'), 'district'), null)
  t.same(played.rows('report'), ['community breached', 'street running'], 'this one had climbed')
  t.same(played.rows('feedback'), ['community cancelled (handed_over)', 'street running'])
  t.equal(played.act(to('street'), 'district'), 'nothing_to_raise')
})

t.test('a case is raised to rungs of its ladder only, or to whoever raises it', async (t) => {
  const pinned = onLadder('community', 'district')
  const raise = (rung: 'street' | 'city', by: 'district' | 'city') =>
    playCase({ policy: pinned }).at(minute).act(to(rung), by)
  t.equal(raise('street', 'district'), 'no_rung_above', 'no desk acts in the name of that street')
  t.equal(raise('street', 'city'), 'no_rung_above')
  t.equal(raise('city', 'city'), null)
})

t.test('a unit’s own deadline stays the unit’s', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  played.act(to('district'), 'district')
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'unit running', 'district running'])
})

t.test('an urging counts on each live deadline below, and moves no clock', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  const before = played.incident.deadlines
  t.equal(played.act('urge', 'street'), null)
  t.same(urges(played), ['feedback community 1', 'on_site community 1', 'on_site unit 1'])
  t.equal(played.at(hour).act('urge', 'district'), null)
  t.same(urges(played), ['feedback community 2', 'on_site community 2', 'on_site unit 2'])
  t.same(
    played.incident.deadlines.map(({ urges: _, ...rest }) => rest),
    before.map(({ urges: _, ...rest }) => rest),
  )
  t.same([played.incident.state, played.incident.revision], ['dispatched', 4])
})

t.test('only a superior urges', async (t) => {
  for (const [by, refusal] of [
    ['grid', 'not_superior'],
    ['community', 'not_superior'],
    ['street', null],
    ['city', null],
    ['neighbour', 'not_your_area'],
  ] as const)
    t.equal(playCase().at(minute).act('urge', by), refusal, by)
  const top = playCase().at(minute)
  top.act(to('city'), 'city')
  t.equal(top.act('urge', 'city'), 'not_superior')
})

t.test('of several promises those are urged that stand below', async (t) => {
  const played = playCase().at(10 * minute + 1)
  t.equal(played.act('urge', 'street'), null)
  t.same(urges(played), ['feedback community 1', 'on_site community 1'], 'the report has reached the street')
})

t.test(
  'a community urges the units that work for it, and not itself where a case was given to it',
  async (t) => {
    const played = playCase().at(minute)
    played.act('hand_down', 'street')
    t.equal(played.act('urge', 'community'), 'not_superior')
    played.act(call(null, 'party'), 'community')
    t.equal(played.act('urge', 'community'), null)
    t.same(urges(played), ['on_site unit 1'])
    t.equal(played.act('urge', 'street'), null)
    t.same(urges(played), ['on_site community 1', 'on_site unit 2'])
  },
)

t.test(
  'a unit is urged by the area that called it and by those above, not by whoever is below that',
  async (t) => {
    for (const [by, refusal] of [
      ['grid', 'not_superior'],
      ['community', 'not_superior'],
      ['street', null],
      ['district', null],
    ] as const) {
      const played = playCase().at(minute)
      played.act(call('fire'), 'street')
      t.equal(played.act('urge', by), refusal, by)
      t.equal(played.incident.deadlines.at(-1)?.urges, refusal === null ? 1 : 0)
    }
  },
)

t.test('what is on the red list is urged until it is kept: the top stays accountable', async (t) => {
  const played = playCase()
  for (const at of [11 * minute, 23 * minute, 36 * minute]) played.at(at).settle()
  const before = played.incident.deadlines
  t.equal(played.act('urge', 'city'), null)
  t.same(urges(played), ['feedback community 1', 'on_site community 1', 'report district 1'])
  t.same(
    played.notices().map(({ recipient, about }) => `${about.promise} ${recipient.code}`),
    [`feedback ${huangshi.community}`, `on_site ${huangshi.community}`, `report ${huangshi.district}`],
  )
  t.same(
    played.incident.deadlines.map(({ urges: _, ...rest }) => rest),
    before.map(({ urges: _, ...rest }) => rest),
    'its breach stands as it was',
  )
  t.equal(played.act('urge', 'street'), null, 'of what stands below it')
  t.equal(played.incident.deadlines.at(-1)?.urges, 1)
  played.act('report_up', 'community')
  played.act('urge', 'city')
  t.equal(played.incident.deadlines.find(({ rung }) => rung === 'district')?.urges, 1, 'what is kept is not')
})

t.test('what was broken before the case was reopened is history', async (t) => {
  const played = playCase()
  for (const days of [1, 2, 3, 4]) played.at(days * 24 * hour).settle()
  played.act('arrive', 'grid')
  played.act('resolve', 'grid')
  played.act('reopen', 'community')
  played.act('feedback', 'community')
  t.equal(played.act('urge', 'city'), null)
  t.same(urges(played), ['on_site community 1'])
})

t.test('a paused clock is urged like any other, a settled one is not', async (t) => {
  const played = playCase().at(minute)
  played.act('request_pause', 'community')
  played.act('approve_relief', 'street')
  played.act('feedback', 'community')
  played.act('urge', 'street')
  t.same(urges(played), ['report community 1', 'on_site community 1'])
  t.match(played.live('on_site'), { state: 'paused' })
})

t.test('what was urged before it is handed over is told of both', async (t) => {
  const played = playCase().at(minute)
  played.act('urge', 'street')
  played.act('report_up', 'community')
  t.same(urges(played).slice(0, 3), ['report community 1', 'feedback community 1', 'on_site community 1'])
  t.same(urges(played).slice(3), ['feedback street 1', 'on_site street 1'], 'and is known to whoever took it')
  t.equal(policy.ladder.length, 3)
})
