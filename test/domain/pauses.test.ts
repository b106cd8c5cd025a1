import t from 'tap'
import { pausedUntil, untilHour } from './paused-cases.ts'
import { playCase } from './played-case.ts'
import { call, day, hour, minute, places, policy, receipt } from './played-facts.ts'

t.test('a request stops no clock, and neither does its refusal', async (t) => {
  const played = playCase().at(minute)
  t.equal(played.act(untilHour(3), 'community'), null)
  t.match(played.incident.reliefs, [
    {
      no: 1,
      kind: 'pause',
      promises: ['on_site'],
      until: receipt + 3 * hour,
      byMs: null,
      state: 'requested',
      requestedBy: { kind: 'area', code: places.community.path.at(-1)?.code ?? '' },
      decidedBy: null,
    },
  ])
  t.equal(played.due('on_site'), 8 * hour)
  t.equal(played.live('on_site')?.state, 'running')
  t.equal(played.act('refuse_relief', 'street'), null)
  t.match(played.incident.reliefs, [{ state: 'refused', decidedBy: places.street.path.at(-1)?.code ?? '' }])
  t.equal(played.live('on_site')?.state, 'running')
  t.equal(played.act('approve_relief', 'street'), 'relief_not_open', 'what is decided is decided')
  t.equal(played.act('refuse_relief', 'street'), 'relief_not_open')
  t.equal(played.act('resume', 'street'), 'relief_not_open')
})

t.test('an approved pause stops the running clocks of its promises, and no others', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  played.at(hour / 2).act(untilHour(3), 'responder')
  t.equal(played.incident.reliefs[0]?.requestedBy.code, 'fire')
  t.equal(played.at(hour / 2 + minute).act('approve_relief', 'street'), null)
  t.same(played.rows('on_site'), ['community paused', 'unit paused'])
  t.same(played.rows('feedback'), ['community running'])
  t.equal(played.live('on_site')?.pausedAt, receipt + hour / 2 + minute, 'from the approval on')
})

t.test('a clock that stands still never runs out', async (t) => {
  const played = pausedUntil(9 * 24)
  t.equal(played.at(9 * day).settle(), 0, 'up to the very end of its pause')
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'street paused'])
})

t.test('when a pause ends by itself, due times have moved by exactly the time paused', async (t) => {
  const played = pausedUntil(5)
  t.equal(played.at(5 * hour).settle(), 0, 'until then, inclusive')
  t.equal(played.at(5 * hour + 1).settle(), 1)
  t.match(played.events.at(-1), { type: 'pause_ended', actor: null, at: receipt + 5 * hour + 1 })
  t.match(played.live('on_site'), { state: 'running', pausedAt: null, pausedMs: 4 * hour })
  t.equal(played.due('on_site'), 12 * hour)
  t.match(played.incident.reliefs, [{ state: 'ended', endedAt: receipt + 5 * hour + 1 }])
})

t.test('a pause whose end nobody noticed gives no time beyond it', async (t) => {
  for (const lateMs of [1, hour, 7 * hour]) {
    const played = pausedUntil(5).at(5 * hour + lateMs)
    t.equal(played.settle(), 1)
    t.equal(played.due('on_site'), 12 * hour, `found ${lateMs} ms after its end`)
  }
  const late = pausedUntil(5).at(12 * hour + 1)
  t.equal(late.settle(), 2, 'and what is overdue then is breached at once')
  t.same(late.rows('on_site'), ['community cancelled (handed_over)', 'street breached', 'district running'])
})

t.test('a pause is ended before its time by who is accountable, or by somebody above', async (t) => {
  for (const [by, refusal] of [
    ['street', null],
    ['district', null],
    ['administrator', null],
    ['community', 'not_accountable'],
    ['responder', 'not_assigned'],
    ['neighbour', 'not_your_area'],
  ] as const) {
    const played = pausedUntil(5).at(2 * hour + 1)
    t.equal(played.act('resume', by), refusal, by)
    t.equal(played.live('on_site')?.state, refusal === null ? 'running' : 'paused')
    if (refusal !== null) continue
    t.equal(played.due('on_site'), 9 * hour + 1)
    t.equal(played.act('resume', by), 'relief_not_open')
    t.equal(played.at(6 * hour).settle(), 0, 'its end does nothing any more')
  }
})

t.test(
  'a promise is kept, and ended, while its clock stands still; its due time is what it has become',
  async (t) => {
    const kept = pausedUntil(7 * 24, 'on_site', 'feedback').at(5 * day)
    t.equal(kept.act('feedback', 'street'), null)
    t.match(
      kept.incident.deadlines.findLast(({ promise }) => promise === 'feedback'),
      { state: 'met', settledAt: receipt + 5 * day, dueAt: receipt + hour + 5 * day - hour, pausedAt: null },
    )
    t.equal(kept.act('arrive', 'grid'), null)
    t.same(kept.rows('on_site'), ['community cancelled (handed_over)', 'street met'])
    const ended = pausedUntil(7 * 24).at(5 * day)
    t.equal(ended.act('settle', 'street'), null)
    t.match(ended.incident.deadlines.at(-1), { state: 'cancelled', cancelReason: 'settled', pausedAt: null })
    t.match(ended.incident.reliefs, [{ state: 'ended', endedAt: receipt + 5 * day }])
    t.equal(
      ended.at(8 * day + 1).settle(),
      1,
      'of the pause nothing is left, only the reporter did not answer',
    )
  },
)

t.test('a clock that stands still is handed over as it stands, and goes on there', async (t) => {
  const played = pausedUntil(5).at(3 * hour)
  t.equal(played.act({ type: 'raise', rung: 'district' }, 'district'), null)
  t.same(played.rows('on_site').slice(1), ['street cancelled (handed_over)', 'district paused'])
  t.match(played.live('on_site'), { pausedAt: receipt + hour, dueAt: receipt + 8 * hour })
  played.at(5 * hour + 1).settle()
  t.equal(played.due('on_site'), 12 * hour, 'the whole pause, not that which the district had')
})

t.test(
  'a unit that is called during a pause has the time that the case has left, not the minimum',
  async (t) => {
    const played = pausedUntil(7 * 24).at(5 * day)
    played.act(call('order'), 'street')
    t.equal(
      (played.incident.deadlines.at(-1)?.dueAt ?? 0) - receipt,
      5 * day + 6 * hour,
      'its own limit is sooner',
    )
    const short = playCase({ policy: { ...policy, unitLimitMs: 20 * hour } }).at(hour)
    short.act(untilHour(7 * 24), 'community')
    short.act('approve_relief', 'street')
    short.at(5 * day).act(call('fire'), 'community')
    t.equal(
      (short.incident.deadlines.at(-1)?.dueAt ?? 0) - receipt,
      5 * day + 7 * hour,
      'seven hours were left',
    )
    t.equal(short.incident.deadlines.at(-1)?.state, 'running')
  },
)

t.test('by a clock that cannot be trusted no pause ends by itself', async (t) => {
  const played = pausedUntil(5)
    .trust(false)
    .at(6 * hour)
  t.equal(played.settle(), 0)
  t.equal(played.live('on_site')?.state, 'paused')
  t.equal(played.trust(true).settle(), 1)
  t.equal(played.due('on_site'), 12 * hour)
})

t.test('a clock that is set ahead during a pause gives that time once', async (t) => {
  // Two real hours of pause, of which the clock shows seven.
  const whole = pausedUntil(20)
    .at(2 * hour)
    .trust(true, { from: null, to: receipt + 7 * hour, byMs: 5 * hour })
  whole.at(8 * hour).act('resume', 'street')
  t.equal(whole.due('on_site'), 8 * hour + 7 * hour, 'seven hours were left when it began')
  t.match(whole.live('on_site'), { pausedMs: 2 * hour, prolongedMs: 5 * hour })
  // A pause whose end lies in time that nobody had.
  const partly = pausedUntil(3).trust(true, { from: null, to: receipt + 7 * hour, byMs: 5 * hour })
  partly.at(7 * hour).settle()
  t.equal(partly.due('on_site'), 7 * hour + 7 * hour, 'seven hours are left when it is over')
})
