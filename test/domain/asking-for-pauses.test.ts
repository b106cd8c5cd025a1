import t from 'tap'
import { untilHour } from './paused-cases.ts'
import { playCase } from './played-case.ts'
import { call, hour, minute, policy, receipt } from './played-facts.ts'

t.test('whoever may approve stands above everybody who answers for one of the promises', async (t) => {
  for (const [by, refusal] of [
    ['community', 'not_superior'],
    ['street', 'not_superior'],
    ['district', null],
    ['city', null],
    ['administrator', null],
    ['districtKeeper', null],
    ['responder', 'not_assigned'],
    ['neighbour', 'not_your_area'],
  ] as const)
    for (const decision of ['approve_relief', 'refuse_relief'] as const) {
      const played = playCase().at(hour + 1)
      t.equal(played.act(untilHour(3, 'feedback', 'on_site'), 'community'), null)
      t.equal(played.live('feedback')?.rung, 'street', 'one of the two has climbed already')
      t.equal(played.act(decision, by), refusal, `${decision} by ${by}`)
    }
})

t.test('at the top the city approves, and above the city an administrator', async (t) => {
  const district = playCase().at(minute)
  district.act({ type: 'raise', rung: 'district' }, 'district')
  district.act(untilHour(3), 'district')
  for (const by of ['district', 'districtKeeper'] as const)
    t.equal(district.act('approve_relief', by), 'not_superior', `${by} does not approve its own`)
  t.equal(district.act('approve_relief', 'city'), null)
  const city = playCase().at(minute)
  city.act({ type: 'raise', rung: 'city' }, 'city')
  city.act(untilHour(3), 'city')
  t.equal(city.act('approve_relief', 'city'), 'not_superior')
  t.equal(city.act('approve_relief', 'districtKeeper'), 'not_superior')
  t.equal(city.act('approve_relief', 'administrator'), null)
})

t.test('whoever is accountable asks, or the lead, and nobody else', async (t) => {
  for (const [by, refusal] of [
    ['grid', null],
    ['community', null],
    ['responder', null],
    ['volunteer', 'not_accountable'],
    ['street', 'not_accountable'],
    ['officer', 'not_assigned'],
    ['neighbour', 'not_your_area'],
  ] as const) {
    const played = playCase().at(minute)
    played.act(call('fire', 'volunteers'), 'community')
    t.equal(played.act(untilHour(3), by), refusal, by)
  }
})

t.test('a pause lasts as long as the policy allows, and ends after it began', async (t) => {
  for (const [untilMs, refusal] of [
    [policy.pauseMaxMs, null],
    [policy.pauseMaxMs + 1, 'relief_beyond_limit'],
    [1, null],
    [0, 'pause_over'],
    [-hour, 'pause_over'],
  ] as const) {
    const played = playCase().at(minute)
    const until = receipt + minute + untilMs
    t.equal(
      played.act({ type: 'request_pause', promises: ['on_site'], until }, 'community'),
      refusal,
      `${untilMs}`,
    )
    const rule = refusal === 'relief_beyond_limit' ? { rule: 'policy:default-8-1-10:v3:pauseMaxMs' } : {}
    t.same(played.refusal, refusal === null ? null : { code: refusal, ...rule, named: until })
  }
})

t.test('a pause that would be over already is not approved any more', async (t) => {
  for (const [sinceMs, refusal] of [
    [-1, null],
    [0, 'pause_over'],
    [1, 'pause_over'],
  ] as const) {
    const played = playCase().at(minute)
    played.act(untilHour(3), 'community')
    t.equal(
      played.at(3 * hour + sinceMs).act('approve_relief', 'street'),
      refusal,
      `${sinceMs} ms after its end`,
    )
    if (refusal !== null) t.equal(played.act('refuse_relief', 'street'), null)
  }
})

t.test('of one promise there is one pause at a time, asked for or under way', async (t) => {
  const played = playCase().at(minute)
  t.equal(played.act(untilHour(3, 'on_site', 'feedback'), 'community'), null)
  t.equal(played.act(untilHour(4), 'community'), 'pause_exists')
  t.equal(played.act(untilHour(4, 'report'), 'community'), null, 'of another promise it is another one')
  played.act('approve_relief', 'street')
  t.equal(played.act(untilHour(4, 'feedback'), 'community'), 'pause_exists')
  played.act('resume', 'community')
  t.equal(played.act(untilHour(4, 'feedback'), 'community'), null)
})

t.test('a case has as many requests as the policy allows, and the refusal names that rule', async (t) => {
  const played = playCase().at(minute)
  for (let no = 1; no <= policy.reliefsMax; no += 1) {
    t.equal(played.act(untilHour(3), 'community'), null)
    t.equal(played.act({ type: 'refuse_relief', reliefNo: no }, 'street'), null)
  }
  t.equal(played.act(untilHour(3), 'community'), 'relief_beyond_limit')
  t.equal(played.refusal?.rule, 'policy:default-8-1-10:v3:reliefsMax')
})

t.test('nothing is paused that does not run', async (t) => {
  const played = playCase().at(minute)
  played.act(untilHour(3, 'feedback'), 'community')
  played.act('feedback', 'community')
  t.equal(played.act('approve_relief', 'street'), 'nothing_running')
  t.equal(played.act('refuse_relief', 'community'), null, 'nobody answers for it, so anybody says so')
  t.equal(played.act(untilHour(3, 'feedback'), 'community'), 'nothing_running')
})

t.test('a request that nobody decided lapses with its case', async (t) => {
  const played = playCase().at(minute)
  played.act(untilHour(3), 'community')
  played.at(hour).act('settle', 'community')
  t.match(played.incident.reliefs, [{ state: 'lapsed', endedAt: receipt + hour, decidedAt: null }])
})
