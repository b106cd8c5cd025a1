import t from 'tap'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { Command } from '../../src/domain/decide.ts'
import { playCase } from './played-case.ts'
import { call, day, hour, minute, policy, receipt } from './played-facts.ts'

function byHours(hours: number, ...promises: PromiseKind[]): Command {
  const byMs = hours * hour
  return { type: 'request_extension', promises: promises.length === 0 ? ['on_site'] : promises, byMs }
}

t.test('an approved extension puts off what runs, by what was asked for', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  t.equal(played.act(byHours(3), 'responder'), null)
  t.match(played.incident.reliefs, [{ kind: 'extension', byMs: 3 * hour, until: null, state: 'requested' }])
  t.equal(played.due('on_site'), 8 * hour, 'the asking changes nothing')
  t.equal(played.at(2 * minute).act('approve_relief', 'street'), null)
  t.match(played.live('on_site'), { dueAt: receipt + 11 * hour, extendedMs: 3 * hour, state: 'running' })
  t.equal(played.incident.deadlines.at(-1)?.dueAt, receipt + minute + 9 * hour, 'the unit’s own too')
  t.equal(played.due('feedback'), hour)
  t.match(played.incident.reliefs, [{ state: 'approved', endedAt: null }])
})

t.test('what was put off is due up to its new instant, and late one millisecond after', async (t) => {
  for (const [sinceDueMs, row] of [
    [-1, 'community met'],
    [0, 'community met'],
    [1, 'community breached fulfilled'],
  ] as const) {
    const played = playCase().at(minute)
    played.act(byHours(3), 'community')
    played.act('approve_relief', 'street')
    played.at(11 * hour + sinceDueMs).act('arrive', 'grid')
    t.equal(played.rows('on_site')[0], row, `${sinceDueMs} ms`)
  }
})

t.test('extensions add up, and each is as long as the policy allows', async (t) => {
  const played = playCase().at(minute)
  for (const reliefNo of [1, 2]) {
    played.act(byHours(1), 'community')
    t.equal(played.act({ type: 'approve_relief', reliefNo }, 'street'), null)
  }
  t.equal(played.due('on_site'), 10 * hour)
  for (const [byMs, refusal] of [
    [policy.extensionMaxMs, null],
    [policy.extensionMaxMs + 1, 'relief_beyond_limit'],
    [0, 'relief_beyond_limit'],
  ] as const) {
    const other = playCase().at(minute)
    t.equal(
      other.act({ type: 'request_extension', promises: ['on_site'], byMs }, 'community'),
      refusal,
      `${byMs}`,
    )
    if (refusal !== null) t.equal(other.refusal?.rule, 'policy:default-8-1-10:v3:extensionMaxMs')
  }
})

t.test('a clock that stands still is not put off, one beside it is', async (t) => {
  const played = playCase().at(minute)
  played.act({ type: 'request_pause', promises: ['on_site'], until: receipt + 3 * hour }, 'community')
  played.act('approve_relief', 'street')
  t.equal(played.act(byHours(1), 'community'), null)
  t.equal(played.act({ type: 'approve_relief', reliefNo: 2 }, 'street'), 'nothing_running')
  t.equal(played.act(byHours(1, 'on_site', 'feedback'), 'community'), null)
  t.equal(played.act({ type: 'approve_relief', reliefNo: 3 }, 'street'), null)
  t.equal(played.due('feedback'), 2 * hour)
  t.equal(played.due('on_site'), 8 * hour)
})

t.test('what ran out before the approval stays broken, and the rung above gets the time', async (t) => {
  const played = playCase().at(7 * hour)
  played.act('feedback', 'community')
  played.act(byHours(2), 'community')
  t.equal(
    played.at(8 * hour + 1).act('approve_relief', 'street'),
    'not_superior',
    'the street answers for it by now',
  )
  t.equal(played.act('approve_relief', 'district'), null)
  t.same(played.rows('on_site'), ['community breached', 'street running'])
  t.equal(played.due('on_site'), 8 * hour + 1 + 9 * hour + 2 * hour)
})

t.test('an extension is no pause: nothing ends it, and nothing is ended', async (t) => {
  const played = playCase().at(minute)
  played.act(byHours(2), 'community')
  played.act('approve_relief', 'street')
  t.equal(played.act('resume', 'district'), 'relief_not_open')
  played.act('reject', 'community')
  t.match(played.incident.reliefs, [{ state: 'approved', endedAt: null }])
  t.equal(played.at(5 * day).settle(), 0)
})

t.test('what is handed over keeps what it was given', async (t) => {
  const played = playCase().at(minute)
  played.act(byHours(2), 'community')
  played.act('approve_relief', 'street')
  played.act('report_up', 'community')
  t.match(played.live('on_site'), { rung: 'street', dueAt: receipt + 10 * hour })
})

t.test('what ran out by a clock that is not trusted is neither put off nor stopped', async (t) => {
  for (const asked of ['request_extension', 'request_pause'] as const) {
    const played = playCase().at(minute)
    played.act(
      asked === 'request_pause' ? { type: asked, promises: ['on_site'], until: receipt + day } : byHours(2),
      'community',
    )
    played.trust(false).at(8 * hour)
    t.equal(played.at(8 * hour + 1).act('approve_relief', 'street'), 'nothing_running', asked)
    t.equal(played.at(8 * hour).act('approve_relief', 'street'), null, 'one millisecond before it is')
  }
})
