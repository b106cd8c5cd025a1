import t from 'tap'
import type { AreaKind } from '../../src/domain/area.ts'
import { isLive } from '../../src/domain/deadline.ts'
import { actingArea, firstRung, nextRung } from '../../src/domain/ladder.ts'
import { huangshi } from '../support/world-areas.ts'
import { playCase } from './played-case.ts'
import { hour, minute, onLadder, place, places, policy, receipt } from './played-facts.ts'

t.test(
  'a promise climbs community, street, district, each rung with its own limit from the breach below',
  async (t) => {
    const played = playCase()
    played.at(10 * minute + 1).settle()
    t.match(played.live('report'), {
      rung: 'street',
      accountable: { kind: 'area', code: huangshi.street },
      startedAt: receipt + 10 * minute + 1,
      dueAt: receipt + 21 * minute + 1,
      escalatedFrom: 1,
      handedFrom: null,
      generation: 1,
      areaPath: places.grid.path.map(({ code }) => code),
      treeVersion: 7,
    })
    played.at(21 * minute + 1).settle()
    t.equal(played.live('report')?.rung, 'street', 'the street is still in time')
    played.at(21 * minute + 2).settle()
    t.match(played.live('report'), {
      accountable: { kind: 'area', code: huangshi.district },
      dueAt: receipt + 33 * minute + 2,
    })
    played.at(33 * minute + 3).settle()
    t.same(played.rows('report'), ['community breached', 'street breached', 'district breached'])
    t.equal(played.live('report'), undefined)
  },
)

t.test('at the top a promise is exhausted: it stays on the red list until it is kept', async (t) => {
  const played = playCase()
  for (const at of [11 * minute, 23 * minute, 36 * minute]) played.at(at).settle()
  t.same(
    played.events.flatMap((event) => (event.type === 'deadline_breached' ? [event.breach.outcome] : [])),
    ['escalated', 'escalated', 'exhausted'],
  )
  t.equal(played.at(40 * minute).settle(), 0)
  t.equal(played.act('report_up', 'community'), null)
  t.same(
    played.rows('report'),
    ['community breached fulfilled', 'street breached fulfilled', 'district breached fulfilled'],
    'and each rung learns how late it was',
  )
})

t.test('after an outage each rung still gets its own time', async (t) => {
  const played = playCase().at(100 * hour)
  t.equal(played.settle(), 3, 'only what ran out is breached, not the rungs above it')
  t.equal(played.live('on_site')?.dueAt, receipt + 100 * hour + 9 * hour)
  t.equal(played.settle(), 0)
})

t.test('a ladder starts at its first rung at or above the incident’s area', async (t) => {
  const rungs = (where: (typeof places)[keyof typeof places], ...ladder: AreaKind[]) => {
    const played = playCase({ place: where, policy: onLadder(...ladder) })
    for (let day = 1; played.live('report') !== undefined; day += 1) played.at(day * 24 * hour).settle()
    return played.incident.deadlines.flatMap((row) =>
      row.promise === 'report' ? [row.accountable.code] : [],
    )
  }
  const { city, district, street, community } = huangshi
  t.same(rungs(places.grid, 'community', 'street', 'district'), [community, street, district])
  t.same(rungs(places.street, 'community', 'street', 'district'), [street, district])
  t.same(rungs(places.grid, 'grid', 'community'), [huangshi.grid, community], 'it may begin at the grid')
  t.same(rungs(places.grid, 'street', 'district', 'city'), [street, district, city], 'and end at the city')
  t.same(rungs(places.grid, 'community', 'district'), [community, district], 'a rung may be left out')
  t.same(
    rungs(places.withoutStreet, 'community', 'street', 'district'),
    ['420200400001', district],
    'a level that the tree lacks is climbed past',
  )
  t.same(
    rungs(places.innerGrid, 'grid', 'community', 'district'),
    [`${huangshi.grid}-02`, community, district],
    'grids within grids are one rung, and the innermost is accountable',
  )
  t.same(rungs(places.grid, 'district', 'community', 'street'), [community, street, district], 'in any order')
})

t.test('an escalation goes along the tree as it stands then, whose version it records', async (t) => {
  const [city, district] = places.grid.path
  const [, , , community, grid] = places.grid.path
  if (!city || !district || !community || !grid) throw new Error('the tree of these tests has five levels')
  const newStreet = { code: '420202999000', kind: 'street' } as const
  const played = playCase().moveTo(place([city, district, newStreet, community, grid], 8))
  t.equal(played.live('report')?.treeVersion, 7, 'what runs keeps the version that it started under')
  played.at(11 * minute).settle()
  t.match(played.live('report'), {
    accountable: { kind: 'area', code: '420202999000' },
    treeVersion: 8,
    areaPath: [city.code, district.code, '420202999000', community.code, grid.code],
  })
})

t.test('a unit’s breach starts no ladder of its own: the incident’s climb carries it', async (t) => {
  const played = playCase()
  played.at(0).act('whistle', 'community')
  played.at(6 * hour + 1).settle()
  const breach = played.events.findLast((event) => event.type === 'deadline_breached')
  t.match(breach, {
    breach: { rung: 'unit', accountable: { kind: 'unit', code: 'fire' }, outcome: 'carried' },
    changes: { started: [] },
  })
  t.same(played.rows('on_site'), ['community running', 'unit breached'])
  played.at(8 * hour + 1).settle()
  t.same(played.rows('on_site'), ['community breached', 'unit breached', 'street running'])
  played.at(9 * hour).act('arrive', 'responder')
  t.same(
    played.rows('on_site'),
    ['community breached fulfilled', 'unit breached fulfilled', 'street met'],
    'a late arrival meets the live rung and fulfils everything below, the unit’s own too',
  )
})

t.test('every deadline that ever stood has one successor at most', async (t) => {
  const played = playCase()
  played.at(11 * minute).act('report_up', 'community')
  played.at(2 * hour).act('whistle', 'district')
  for (let day = 1; played.incident.deadlines.some(isLive); day += 1) played.at(day * 24 * hour).settle()
  const successors = played.incident.deadlines.flatMap((row) => row.escalatedFrom ?? row.handedFrom ?? [])
  t.equal(new Set(successors).size, successors.length)
})

t.test('who acts, acts for the first rung at or above their own area', async (t) => {
  const { ladder } = policy
  const acting = (code: string) => actingArea(ladder, places.grid, code)?.code
  t.equal(acting(huangshi.grid), huangshi.community, 'a grid worker acts for the community')
  t.equal(acting(huangshi.community), huangshi.community)
  t.equal(acting(huangshi.district), huangshi.district)
  t.equal(acting(huangshi.city), huangshi.city, 'from above the ladder, for their own area')
  t.equal(acting(huangshi.neighbour), undefined, 'not from beside the path')
  t.equal(actingArea(ladder, places.street, huangshi.community), undefined, 'nor from below the incident')
  t.equal(acting(''), undefined)
})

t.test('a place above the ladder has no rung, and one at its top has none above', async (t) => {
  t.equal(firstRung(['community', 'street'], place(places.street.path.slice(0, 2))), undefined)
  t.equal(nextRung(policy.ladder, places.grid, 'district'), undefined)
  t.equal(nextRung(policy.ladder, places.grid, 'city'), undefined)
})
