import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { playCase } from './played-case.ts'
import { hour, minute, place, places, receipt } from './played-facts.ts'

t.test(
  'a reopened case returns to the area that ended it and owes feedback and arrival anew, from then',
  async (t) => {
    for (const [by, code, feedbackMs, onSiteMs] of [
      ['grid', huangshi.community, hour, 8 * hour],
      ['community', huangshi.community, hour, 8 * hour],
      ['street', huangshi.street, 2 * hour, 9 * hour],
      ['district', huangshi.district, 3 * hour, 10 * hour],
      ['city', huangshi.city, 3 * hour, 10 * hour],
    ] as const) {
      const played = playCase().at(minute)
      played.act('settle', by)
      t.equal(played.incident.endedByAreaCode, code)
      t.equal(played.at(20 * hour).act('reopen', 'district'), null)
      t.match(played.incident, { state: 'reported', generation: 2, endedByAreaCode: null })
      const now = receipt + 20 * hour
      t.match(played.live('feedback'), {
        accountable: { kind: 'area', code },
        generation: 2,
        startedAt: now,
        dueAt: now + feedbackMs,
      })
      t.match(played.live('on_site'), { accountable: { code }, generation: 2, dueAt: now + onSiteMs })
      t.equal(played.live('report'), undefined, 'report does not restart')
    }
  },
)

t.test('older verdicts stand, and what comes after a reopening fulfils nothing of before', async (t) => {
  const played = playCase().at(9 * hour)
  played.act('settle', 'street')
  const before = played.incident.deadlines
  t.same(played.rows('on_site'), ['community breached', 'street cancelled (settled)'])
  played.at(10 * hour).act('reopen', 'street')
  played.at(11 * hour).act('arrive', 'grid')
  played.act('resolve', 'grid')
  t.same(played.incident.deadlines.slice(0, before.length), before)
  t.same(played.rows('on_site').slice(2), ['street met'])
})

t.test('a reopened case climbs, is whistled, ended and reopened again like any other', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'community')
  played.act('arrive', 'responder')
  played.act('resolve', 'responder')
  played.act('close', 'community')
  played.at(hour).act('reopen', 'community')
  t.equal(played.act('arrive', 'responder'), 'not_assigned', 'its assignment ended with the case')
  t.equal(played.act('whistle', 'community'), null)
  t.equal(played.incident.assignments.length, 2)
  t.match(played.incident.deadlines.at(-1), { rung: 'unit', assignmentNo: 2, generation: 2 })
  played.at(2 * hour + 1).settle()
  t.same(played.rows('feedback'), ['community met', 'community breached', 'street running'])
  t.match(played.live('feedback'), { generation: 2 })
  played.act('reject', 'street')
  played.at(3 * hour).act('reopen', 'district')
  t.match(played.incident, { generation: 3 })
  t.match(played.live('on_site'), { generation: 3, accountable: { code: huangshi.street } })
})

t.test(
  'where the area that ended it no longer lies above, a reopened case begins at the first rung',
  async (t) => {
    const [city, district, , community, grid] = places.grid.path
    if (!city || !district || !community || !grid) throw new Error('the tree of these tests has five levels')
    const played = playCase().at(minute)
    played.act('settle', 'street')
    const newStreet = { code: '420202999000', kind: 'street' } as const
    played.moveTo(place([city, district, newStreet, community, grid], 8)).at(hour)
    t.equal(
      played.act('reopen', 'street'),
      'not_your_area',
      'the street that it has left has no say any more',
    )
    t.equal(played.act('reopen', 'district'), null)
    t.match(played.live('feedback'), { accountable: { code: huangshi.community }, treeVersion: 8 })
  },
)

t.test('a case whose area has moved to another district is not taken up again there', async (t) => {
  const [city, , street, community, grid] = places.grid.path
  if (!city || !street || !community || !grid) throw new Error('the tree of these tests has five levels')
  const played = playCase().at(minute)
  played.act('settle', 'community')
  const otherDistrict = { code: huangshi.foreignDistrict, kind: 'district' } as const
  played.moveTo(place([city, otherDistrict, street, community, grid], 8)).at(hour)
  t.equal(played.act('reopen', 'community'), 'area_left_district')
  t.equal(played.incident.state, 'resolved')
  t.equal(played.act('close', 'community'), null, 'it can still be closed')
})
