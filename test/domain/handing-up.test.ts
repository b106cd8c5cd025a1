import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { playCase } from './played-case.ts'
import { hour, minute, onLadder, places, policy, receipt, units } from './played-facts.ts'

t.test('report_up hands what is live to the area above, with the due time that it has', async (t) => {
  const played = playCase().at(2 * minute)
  t.equal(played.act('report_up', 'grid'), null, 'a grid worker does it for the community')
  for (const [promise, limitMs] of [
    ['feedback', hour],
    ['on_site', 8 * hour],
  ] as const) {
    const [from, to] = played.incident.deadlines.filter((row) => row.promise === promise)
    t.match(from, { state: 'cancelled', cancelReason: 'handed_over', settledAt: receipt + 2 * minute })
    t.match(to, {
      state: 'running',
      rung: 'street',
      accountable: { kind: 'area', code: huangshi.street },
      startedAt: receipt + 2 * minute,
      dueAt: receipt + limitMs,
      handedFrom: from?.no,
      escalatedFrom: null,
    })
  }
})

t.test('a promise that was handed up climbs on from where it was handed to', async (t) => {
  const played = playCase().at(2 * minute)
  played.act('report_up', 'community')
  played.at(hour + 1).settle()
  t.same(played.rows('feedback'), [
    'community cancelled (handed_over)',
    'street breached',
    'district running',
  ])
  t.equal(played.live('feedback')?.dueAt, receipt + hour + 1 + 3 * hour)
})

t.test('what has climbed already is not handed down', async (t) => {
  const played = playCase().at(2 * hour)
  t.equal(played.act('report_up', 'community'), null)
  t.same(played.rows('feedback'), ['community breached', 'street running'], 'the street has it already')
  t.same(played.rows('on_site'), ['community cancelled (handed_over)', 'street running'])

  const street = playCase()
  for (const at of [hour + 1, 4 * hour]) street.at(at).settle()
  t.equal(street.act('whistle', 'street'), null)
  t.same(
    street.rows('feedback'),
    ['community breached', 'street breached', 'district running'],
    'the district stays accountable for what has reached it',
  )
  t.same(street.rows('on_site'), ['community cancelled (handed_over)', 'street running', 'unit running'])
})

t.test('whoever stands above the accountable area does not hand up what is not theirs yet', async (t) => {
  for (const by of ['street', 'district', 'city'] as const) {
    const played = playCase().at(minute)
    t.equal(played.act('report_up', by), 'not_accountable', by)
    t.same(played.rows('report'), ['community running'], 'and a refusal keeps nothing')
  }
})

t.test(
  'once the promise has climbed, the street and the community hand up, until nobody is above',
  async (t) => {
    for (const by of ['street', 'community'] as const) {
      const played = playCase().at(10 * minute + 1)
      played.settle()
      t.equal(played.act('report_up', by), null, by)
      t.same(played.rows('report'), ['community breached fulfilled', 'street met'], by)
    }
    const top = playCase().at(10 * minute + 1)
    top.settle()
    top.at(21 * minute).settle()
    top.at(32 * minute).settle()
    t.equal(top.act('report_up', 'district'), 'no_rung_above')
    t.equal(top.act('report_up', 'community'), null, 'late as it is, the community still can')
  },
)

t.test('a community right under its district hands up to the district', async (t) => {
  const played = playCase({ place: places.withoutStreet }).at(minute)
  t.equal(played.act('report_up', 'cityCommunity'), null)
  t.equal(played.live('on_site')?.rung, 'district')
})

t.test(
  'a community that whistles stays accountable; a street, a district or a city that whistles takes over',
  async (t) => {
    for (const [by, rung] of [
      ['grid', 'community'],
      ['community', 'community'],
      ['street', 'street'],
      ['district', 'district'],
      ['city', 'city'],
    ] as const) {
      const played = playCase().at(5 * minute)
      t.equal(played.act('whistle', by), null)
      for (const promise of ['feedback', 'on_site'] as const) {
        t.equal(played.live(promise)?.rung, rung, `${promise} after a whistle by the ${by}`)
        t.equal(played.live(promise)?.dueAt, receipt + (promise === 'feedback' ? hour : 8 * hour))
      }
      t.equal(played.incident.assignments[0]?.whistledBy, played.live('on_site')?.accountable.code)
    }
  },
)

t.test('a city that took over is above the ladder: what runs out there is exhausted', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'city')
  played.at(hour + 1).settle()
  t.same(played.rows('feedback'), ['community cancelled (handed_over)', 'city breached'])
})

t.test('a grid that is a rung of its own hands up to the community', async (t) => {
  const played = playCase({ policy: onLadder('grid', 'community', 'street') }).at(minute)
  t.equal(played.live('report')?.accountable.code, huangshi.grid)
  t.equal(played.act('report_up', 'grid'), null)
  t.equal(played.live('on_site')?.accountable.code, huangshi.community)
})

t.test(
  'a unit has its limit from the whistle, no later than the incident’s own, no sooner than its minimum',
  async (t) => {
    const due = (whistledAt: number, pinned = policy) => {
      const played = playCase({ policy: pinned }).at(whistledAt)
      t.equal(played.act('whistle', 'community'), null)
      const unit = played.incident.deadlines.find((row) => row.rung === 'unit')
      t.match(unit, {
        promise: 'on_site',
        accountable: { kind: 'unit', code: 'fire' },
        assignmentNo: 1,
        generation: 1,
      })
      return (unit?.dueAt ?? Number.NaN) - receipt
    }
    t.equal(due(hour), 7 * hour, 'its limit')
    t.equal(due(2 * hour), 8 * hour, 'its limit and the incident’s own, at once')
    t.equal(due(2 * hour + 1), 8 * hour, 'the incident’s own')
    t.equal(due(7.5 * hour), 8 * hour, 'the incident’s own and its minimum, at once')
    t.equal(due(7.5 * hour + 1), 8 * hour + 1, 'its minimum')
    t.equal(due(8 * hour), 8.5 * hour, 'its minimum, at the last moment')
    t.equal(due(8 * hour + 1), 14 * hour + 1, 'its limit, where the street has the next eight hours by now')
    t.equal(
      due(0, { ...policy, unitLimitMs: 20 * minute }),
      30 * minute,
      'a limit below the minimum is no limit',
    )
    t.equal(due(0, { ...policy, unitMinimumMs: 0, unitLimitMs: 1 }), 1)
  },
)

t.test('a unit whistled when the top has run out already has its own limit', async (t) => {
  const played = playCase()
  for (const day of [1, 2, 3]) played.at(day * 24 * hour).settle()
  t.equal(played.live('on_site'), undefined)
  t.equal(played.act('whistle', 'community'), null)
  t.equal(played.incident.deadlines.at(-1)?.dueAt, receipt + 78 * hour)
  t.same(played.rows('on_site').slice(0, 3), ['community breached', 'street breached', 'district breached'])
})

t.test('a unit can be whistled to its own area and whatever lies below, and nowhere else', async (t) => {
  const whistle = (areaCode: string) =>
    playCase()
      .at(minute)
      .act({ type: 'whistle', units: [{ unit: { ...units.fire, areaCode }, part: 'lead' }] }, 'community')
  t.equal(whistle(huangshi.city), null)
  t.equal(whistle(huangshi.community), null)
  t.equal(whistle(huangshi.grid), null, 'the incident lies in that very grid')
  t.equal(whistle(huangshi.neighbour), 'unit_does_not_serve_area')
  t.equal(whistle(huangshi.foreignDistrict), 'unit_does_not_serve_area')
})

t.test('while a lead is live only its own responder arrives and answers for it', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'community')
  t.equal(played.act('arrive', 'grid'), 'not_lead_unit', 'the area’s own worker does not count now')
  t.equal(played.act('arrive', 'volunteer'), 'not_assigned')
  t.equal(played.act('feedback', 'volunteer'), 'not_assigned')
  t.equal(played.act('arrive', 'responder'), null)
  t.equal(played.act('resolve', 'volunteer'), 'not_assigned')
  t.equal(played.act('resolve', 'responder'), null)
  t.equal(played.incident.endedByAreaCode, huangshi.community, 'in the name of the area that whistled')
  t.equal(played.incident.assignments[0]?.endedAt, receipt + minute, 'and the assignment ends with the case')
})

t.test('an arrival far from the place is accepted and flagged', async (t) => {
  const farFromPlace = (distanceM: number | null) => {
    const played = playCase().at(minute)
    t.equal(played.act({ type: 'arrive', distanceM }, 'grid'), null)
    const event = played.events.at(-1)
    return event?.type === 'arrived' ? event.farFromPlace : undefined
  }
  t.equal(farFromPlace(500), false, 'the radius belongs to the place')
  t.equal(farFromPlace(500.1), true)
  t.equal(farFromPlace(null), null, 'unknown without a position')
})
