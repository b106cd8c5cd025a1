import t from 'tap'
import { elderCase, mergeInto } from './merged-cases.ts'
import { playCase } from './played-case.ts'
import { day, hour, minute, onLadder, policy, receipt } from './played-facts.ts'

t.test(
  'where the merged one’s on_site would have run out sooner, the survivor takes that due time',
  async (t) => {
    for (const [soonerMs, dueMs] of [
      [1, 8 * hour - 1],
      [0, 8 * hour],
      [-1, 8 * hour],
      [6 * hour, 2 * hour],
    ] as const) {
      const limitsMs = {
        ...policy.limitsMs,
        on_site: { ...policy.limitsMs.on_site, community: 8 * hour - soonerMs },
      }
      const survivor = elderCase({ receivedAt: 0, id: '01990000-0000-7000-8000-000000000001' }).at(minute)
      const merged = playCase({ policy: { ...policy, limitsMs } }).at(minute)
      t.equal(mergeInto(survivor, merged), null)
      t.equal(survivor.due('on_site'), dueMs, `sooner by ${soonerMs} ms`)
      t.equal(survivor.live('on_site')?.advancedMs, Math.max(0, soonerMs))
      const taken = soonerMs > 0 ? [{ no: 3, byMs: soonerMs }] : []
      t.same(survivor.incident.joined[0]?.taken, taken)
    }
  },
)

t.test('the due time that was taken over is kept to the millisecond', async (t) => {
  for (const [sinceDueMs, row] of [
    [0, 'community met'],
    [1, 'community breached fulfilled'],
  ] as const) {
    const sooner = playCase({ policy: onLadder('community') }).at(minute)
    const survivor = elderCase({ policy: { ...onLadder('community', 'street'), unitMinimumMs: 0 } }).at(
      minute,
    )
    survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
    survivor.act('approve_relief', 'street')
    mergeInto(survivor, sooner)
    t.equal(survivor.due('on_site'), 8 * hour)
    survivor.at(8 * hour + sinceDueMs).act('arrive', 'grid')
    t.equal(survivor.rows('on_site')[0], row)
  }
})

t.test('a pause ends with the case that it was granted to, and its time goes on elsewhere', async (t) => {
  const [survivor, merged] = [elderCase().at(minute), playCase().at(minute)]
  survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: day }, 'community')
  survivor.act('approve_relief', 'street')
  merged.act({ type: 'request_pause', promises: ['feedback', 'on_site'], until: receipt + day }, 'community')
  merged.act('approve_relief', 'street')
  survivor.at(3 * hour).settle()
  merged.at(3 * hour)
  t.equal(mergeInto(survivor, merged), null)
  const pausedMs = 3 * hour - minute
  t.match(survivor.incident.deadlines.at(-1), {
    state: 'running',
    dueAt: receipt + hour + pausedMs,
    pausedAt: null,
  })
  t.equal(survivor.due('on_site'), 8 * hour + pausedMs)
  t.match(survivor.incident.joined, [{ taken: [{ byMs: day - minute - pausedMs }] }])
  t.match(merged.incident.reliefs, [{ state: 'ended' }])
})

t.test(
  'a survivor whose clock stands still takes over what is sooner by the time that each has left',
  async (t) => {
    const [survivor, merged] = [elderCase().at(minute), playCase().at(minute)]
    survivor.act({ type: 'request_pause', promises: ['on_site'], until: receipt + day }, 'community')
    survivor.act('approve_relief', 'street')
    survivor.at(4 * hour)
    merged.at(4 * hour)
    mergeInto(survivor, merged)
    const leftMs = 8 * hour - 2 * minute
    t.equal(survivor.live('on_site')?.advancedMs, leftMs - 4 * hour, 'four hours are left of the merged one')
    survivor.at(5 * hour).act('resume', 'community')
    t.equal(survivor.due('on_site'), 9 * hour)
  },
)

t.test('whoever has come or ended takes over no due time any more', async (t) => {
  const survivor = elderCase().at(minute)
  survivor.act('arrive', 'grid')
  const merged = playCase().at(minute)
  t.equal(mergeInto(survivor, merged), null, 'an open case takes in others while somebody is there')
  t.same(survivor.rows('on_site'), ['community met'])
})

t.test('what ran out by a clock that is not trusted is no due time for anybody else', async (t) => {
  const survivor = elderCase().at(minute)
  survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 9 * hour }, 'community')
  survivor.act('approve_relief', 'street')
  survivor.trust(false).at(9 * hour)
  const merged = playCase()
    .trust(false)
    .at(9 * hour)
  t.equal(mergeInto(survivor, merged), null)
  t.equal(survivor.due('on_site'), 17 * hour - minute)
  t.same(survivor.incident.joined[0]?.taken, [])
})
