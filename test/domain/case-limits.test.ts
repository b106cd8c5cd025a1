import t from 'tap'
import { type AreaNode, areaKinds } from '../../src/domain/area.ts'
import { caseLimits } from '../../src/domain/case-limits.ts'
import { isLive } from '../../src/domain/deadline.ts'
import { huangshi } from '../support/world-areas.ts'
import { elderCase, mergeInto, undoMerge } from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { call, hour, minute, onLadder, place, places, policy } from './played-facts.ts'

/** What a column of 16 bits can count to. */
const numberMax = 32_767
const rungs = areaKinds.length

const full = onLadder('grid', 'community', 'street', 'district', 'city')
const idOf = (no: number) => `01990000-0000-7000-8000-${String(no).padStart(12, '0')}`

t.test(
  'what people can start lies far below the numbers that a case has, and leaves room for what happens by itself',
  async (t) => {
    const { assignments, joined, generations, deadlines } = caseLimits
    const everythingOnce = rungs * (3 + 2 * (generations - 1) + joined) + assignments
    t.ok(
      everythingOnce <= deadlines,
      `${everythingOnce}: no case meets the limit of deadlines by its other limits`,
    )
    const live = 3 + joined + assignments
    const climbed = deadlines + (rungs - 1) * live
    t.ok(climbed * 5 < numberMax, `${climbed} when everything that is live then has climbed to the top`)
    t.ok(
      (numberMax - climbed) / live > 100,
      'and areas may move away a hundred times from under the fullest case',
    )
    t.ok(Math.max(generations, caseLimits.urges) * 100 < numberMax)
  },
)

/** Moves a case back and forth between two communities of one street, each time with all that is live, until it is that long. */
function lengthen(played: PlayedCase, deadlines: number): void {
  const [city, district, street, community] = places.community.path
  if (city === undefined || district === undefined || street === undefined || community === undefined) return
  const other: AreaNode = { code: huangshi.neighbour, kind: 'community' }
  for (let version = 8; played.incident.deadlines.length < deadlines; version += 1) {
    played.moveTo(place([city, district, street, version % 2 === 0 ? other : community], version)).settle()
    if (version > 100_000) throw new Error('Nothing goes over')
  }
}

t.test(
  'a case with all the deadlines that it can be given goes on by itself, and can be worked on and ended',
  async (t) => {
    const played = playCase({ place: places.community }).at(minute)
    lengthen(played, caseLimits.deadlines - 3)
    t.equal(played.incident.deadlines.length, caseLimits.deadlines - 3)
    t.equal(
      played.act(call('party', 'volunteers'), 'street'),
      'too_many_deadlines',
      'two go over, and two are new',
    )
    t.equal(played.act('hand_down', 'street'), null, 'two go over, and one is new')
    t.equal(played.incident.deadlines.length, caseLimits.deadlines)
    t.equal(played.act({ type: 'withdraw', assignmentNo: 1 }, 'street'), null)
    t.equal(played.act(call(null, 'party'), 'street'), 'too_many_deadlines')
    t.equal(played.act({ type: 'raise', rung: 'district' }, 'district'), 'too_many_deadlines')

    t.equal(played.at(20 * hour).settle(), 2, 'what runs out climbs all the same')
    t.ok(played.incident.deadlines.length > caseLimits.deadlines)
    const survivor = elderCase().at(20 * hour)
    t.equal(mergeInto(survivor, played), 'too_many_deadlines', 'its undoing would start more')
    t.equal(played.act('feedback', 'district'), null)
    t.equal(played.act('settle', 'street'), null)
    t.equal(played.act('reopen', 'street'), 'too_many_deadlines')
    const rating = { reportId, solved: false, satisfaction: 1 }
    t.equal(played.act({ type: 'rate', rating, othersAsked: false, rated: false }, 'resident'), null)
    t.match(played.incident, { state: 'resolved', generation: 1 }, 'the answer is kept, and changes nothing')
  },
)

t.test('a case can be reported up as long as there is room for that', async (t) => {
  const { path } = places.community
  const neighbour: AreaNode = { code: huangshi.neighbour, kind: 'community' }
  const played = playCase({ place: place([...path.slice(0, -1), neighbour]) }).at(minute)
  lengthen(played, caseLimits.deadlines - 1)
  t.equal(played.act('report_up', 'community'), 'too_many_deadlines')
  t.equal(played.act('arrive', 'community'), null, 'which keeps the promises all the same')
})

t.test('a case is taken up as often as its limit says, by desks and by reporters', async (t) => {
  const played = playCase({ policy: { ...policy, reopeningsMax: 100_000 } }).at(minute)
  for (let times = 1; times < caseLimits.generations; times += 1) {
    played.act('settle', 'community')
    t.equal(played.act('reopen', 'community'), null)
  }
  t.equal(mergeInto(elderCase().at(minute), played), 'too_many_generations', 'its undoing would be one more')
  played.act('settle', 'community')
  t.equal(played.act('reopen', 'community'), 'too_many_generations')
  const rating = { reportId, solved: false, satisfaction: 1 }
  t.equal(played.act({ type: 'rate', rating, othersAsked: false, rated: false }, 'resident'), null)
  t.match(played.incident, { state: 'resolved', generation: caseLimits.generations })
})

t.test('whoever answers for a deadline is urged as often as its limit says', async (t) => {
  const played = playCase().at(minute)
  for (let times = 0; times < caseLimits.urges; times += 1) t.equal(played.act('urge', 'street'), null)
  t.equal(played.act('urge', 'district'), 'too_many_urges')
  t.equal(played.live('feedback')?.urges, caseLimits.urges)
  t.equal(played.act({ type: 'raise', rung: 'street' }, 'district'), null)
  t.equal(played.act('urge', 'district'), 'too_many_urges', 'be it handed over meanwhile')
  t.equal(played.at(8 * hour + 1).act('urge', 'city'), null, 'once it has climbed, another one can be')
})

t.test(
  'the fullest case climbs to the top with everything that is live, and moves with the areas',
  async (t) => {
    const survivor = elderCase({ place: places.grid, policy: full }).at(minute)
    const cases = Array.from({ length: caseLimits.joined + 1 }, (_, no) => {
      const own = idOf(no + 5_000)
      const reports = { first: own, all: new Set([own]) }
      return { played: playCase({ id: idOf(no + 1_000), reportId: own, policy: full }).at(minute), reports }
    })
    for (const { played, reports } of cases.slice(0, caseLimits.joined))
      t.equal(mergeInto(survivor, played, 'community', reports), null)
    const [first, last] = [cases.at(0), cases.at(-1)]
    if (first === undefined || last === undefined) return
    t.equal(mergeInto(survivor, last.played, 'community', last.reports), 'too_many_reports')
    t.equal(
      undoMerge(survivor, first.played, 'community', first.reports),
      null,
      'what was merged is taken out again',
    )
    t.equal(
      mergeInto(survivor, last.played, 'community', last.reports),
      'too_many_reports',
      'it was attached all the same',
    )

    const live = survivor.incident.deadlines.filter(isLive).length
    t.equal(live, 3 + caseLimits.joined - 1)
    for (let after = 1; after <= 100; after += 1) survivor.at(after * hour).settle()
    t.ok(
      survivor.incident.deadlines.length <= rungs * live + 1,
      'each of them has climbed once for each rung',
    )
    t.same(survivor.incident.deadlines.filter(isLive), [])
    t.ok(survivor.incident.deadlines.length < caseLimits.deadlines)
  },
)

t.test('reports that hang on other cases of a case count as its own', async (t) => {
  const survivor = elderCase().at(minute)
  const merged = playCase().at(minute)
  const own = { first: reportId, all: new Set([reportId, idOf(1)]) }
  const { joined } = caseLimits
  t.equal(mergeInto(survivor, merged, 'community', own, joined - 1), 'too_many_reports')
  t.equal(mergeInto(survivor, merged, 'community', own, joined - 2), null)
})

t.test('many reporters who wait can come with one case', async (t) => {
  const half = caseLimits.joined / 2
  const whole = elderCase({ receivedAt: -2 * minute, id: idOf(1) }).at(minute)
  const groups = [0, 1].map((group) => {
    const played = elderCase({ id: idOf(2 + group), reportId: idOf(500 + group) }).at(minute)
    const all = new Set([idOf(500 + group)])
    for (let no = 0; no < half - group; no += 1) {
      const own = idOf(5_000 + group * half + no)
      const reports = { first: own, all: new Set([own]) }
      const one = playCase({ id: idOf(1_000 + group * half + no), reportId: own }).at(minute)
      t.equal(mergeInto(played, one, 'community', reports), null)
      all.add(own)
    }
    return { played, reports: { first: idOf(500 + group), all } }
  })
  const [first, second] = groups
  if (first === undefined || second === undefined) return
  t.equal(mergeInto(whole, first.played, 'community', first.reports), null)
  t.equal(
    mergeInto(whole, second.played, 'community', second.reports),
    'too_many_reports',
    'a hundred and one wait, and so many more would',
  )
})
