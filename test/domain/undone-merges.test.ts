import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import {
  elderCase,
  elderReportId,
  mergedAt,
  mergeInto,
  type Pair,
  undoMerge,
  undoneAt,
} from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { call, day, hour, minute, place, places, receipt } from './played-facts.ts'

/** What the survivor owed to the merged case's reporter. */
function owed({ incident }: PlayedCase): string[] {
  return incident.deadlines.flatMap((row) => (row.reportId === reportId ? [`${row.rung} ${row.state}`] : []))
}

t.test('the merged time counts as a pause: on_site goes on with what it had left', async (t) => {
  const { merged, survivor } = undoneAt(mergedAt(5 * minute), 100 * hour)
  t.equal(merged.incident.state, 'received')
  t.equal(merged.incident.mergedInto, null)
  t.same(merged.rows('on_site'), ['community cancelled (merged)', 'community running'])
  const [before, after] = merged.incident.deadlines.filter(({ promise }) => promise === 'on_site')
  t.match(after, { generation: 2, handedFrom: before?.no, startedAt: receipt + 100 * hour })
  t.equal(merged.due('on_site'), 100 * hour + 8 * hour - 5 * minute)
  t.match(merged.incident, { generation: 2, reopenings: 0 })
  t.match(survivor.incident.joined, [{ separatedAt: receipt + 100 * hour }])
})

t.test('what goes on is kept up to its very instant', async (t) => {
  for (const [sinceDueMs, row] of [
    [0, 'community met'],
    [1, 'community breached fulfilled'],
  ] as const) {
    const { merged } = undoneAt(mergedAt(5 * minute), day)
    merged.at(day + 8 * hour - 5 * minute + sinceDueMs).act('arrive', 'grid')
    t.equal(merged.rows('on_site')[1], row)
  }
})

t.test('its feedback, which ran on with the survivor, goes back as it ran', async (t) => {
  const { merged, survivor } = undoneAt(mergedAt(5 * minute), hour / 2)
  t.same(merged.rows('feedback'), ['community cancelled (merged)', 'community running'])
  t.equal(merged.due('feedback'), hour, 'waiting was waiting')
  t.same(owed(survivor), ['community cancelled'])
  t.match(survivor.live('feedback'), { state: 'running', dueAt: receipt - minute + hour })
  const climbed = undoneAt(mergedAt(5 * minute), hour + 1)
  t.same(
    climbed.merged.rows('feedback'),
    ['community cancelled (merged)', 'street running'],
    'at the rung it reached',
  )
  t.same(owed(climbed.survivor), ['community breached', 'street cancelled'])
})

t.test('what was answered with the survivor is owed no more', async (t) => {
  const pair = mergedAt(5 * minute)
  pair.at(6 * minute)
  pair.survivor.act('feedback', 'community')
  undoneAt(pair, 7 * minute)
  t.equal(pair.merged.live('feedback'), undefined)
  t.same(pair.merged.rows('on_site').at(-1), 'community running')
})

t.test('an undone case that stood at the street goes on there', async (t) => {
  const pair = mergedAt(hour, ({ merged }) => merged.act('report_up', 'community'))
  undoneAt(pair, 3 * hour)
  t.equal(pair.merged.incident.state, 'reported')
  t.match(pair.merged.live('on_site'), {
    rung: 'street',
    accountable: { code: huangshi.street },
    generation: 2,
  })
})

t.test(
  'what was broken before the merge is still owed after it, and is fulfilled when it is kept',
  async (t) => {
    const pair = mergedAt(9 * hour, ({ merged }) => merged.act('feedback', 'community'))
    undoneAt(pair, 10 * hour)
    t.same(pair.merged.rows('on_site'), ['community breached', 'street cancelled (merged)', 'street running'])
    pair.merged.at(11 * hour).act('arrive', 'grid')
    t.same(pair.merged.rows('on_site'), [
      'community breached fulfilled',
      'street cancelled (merged)',
      'street met',
    ])
  },
)

t.test('what was exhausted before the merge stays on the red list until it is kept', async (t) => {
  const exhausted = ({ merged }: Pair) => {
    for (const days of [1, 2, 3]) merged.at(days * day).settle()
    merged.act('feedback', 'community')
  }
  const pair = undoneAt(mergedAt(4 * day, exhausted), 5 * day)
  t.equal(pair.merged.live('on_site'), undefined)
  pair.merged.act('arrive', 'grid')
  t.same(pair.merged.rows('on_site'), [
    'community breached fulfilled',
    'street breached fulfilled',
    'district breached fulfilled',
  ])
})

t.test('a second merge that is undone starts nothing that the first one had cancelled', async (t) => {
  const pair = undoneAt(mergedAt(5 * minute), 10 * minute)
  for (const days of [1, 2, 3]) pair.merged.at(days * day).settle()
  pair.merged.act('feedback', 'community')
  t.same(pair.merged.rows('on_site').slice(1), ['community breached', 'street breached', 'district breached'])
  const id = '01990000-0000-7000-8000-000000000001'
  const other = elderCase({ id, reportId: id }).at(4 * day)
  pair.at(4 * day)
  t.equal(mergeInto(other, pair.merged), null)
  other.at(5 * day)
  pair.at(5 * day)
  t.equal(undoMerge(other, pair.merged), null)
  t.equal(pair.merged.live('on_site'), undefined)
  t.equal(pair.merged.incident.generation, 3)
})

t.test('the same two are not merged again, nor by way of a third', async (t) => {
  const pair = undoneAt(mergedAt(5 * minute), 10 * minute)
  t.equal(mergeInto(pair.survivor, pair.merged), 'was_separated')
  // 甲 is merged into 乙 and with it into 丙; taken out of both, it does not come back to 丙.
  const [first, second, third] = [elderCase(), playCase(), playCase({ id: lastId, reportId: lastId })]
  for (const each of [first, second, third]) each.at(5 * minute)
  const own = { first: lastId, all: new Set([lastId]) }
  const both = { first: reportId, all: new Set([reportId, lastId]) }
  t.equal(mergeInto(second, third, 'community', own), null)
  t.equal(mergeInto(first, second, 'community', both), null)
  t.equal(undoMerge(first, second, 'community', both), null)
  t.same(
    second.incident.deadlines.slice(-2).map(({ reportId, state }) => [reportId, state]),
    [
      [null, 'running'],
      [lastId, 'running'],
    ],
    'each reporter’s feedback is back where it was',
  )
  t.equal(undoMerge(second, third, 'community', own), null)
  t.equal(third.live('feedback')?.dueAt, receipt + hour)
  t.equal(mergeInto(first, third, 'community', own), 'was_separated')
})

t.test('a merge is undone out of the open case that it went into, by somebody on its way', async (t) => {
  const ended = mergedAt(5 * minute)
  ended.survivor.act('settle', 'community')
  t.equal(undoMerge(ended.survivor, ended.merged), 'not_mergeable')
  const pair = mergedAt(5 * minute)
  t.equal(undoMerge(elderCase({ id: lastId }).at(5 * minute), pair.merged), 'not_mergeable')
  t.equal(undoMerge(pair.survivor, pair.merged, 'neighbour'), 'not_your_area')
  t.equal(undoMerge(pair.survivor, pair.merged, 'district'), null)
  t.equal(undoMerge(pair.survivor, pair.merged, 'district'), 'illegal_transition')
})

t.test('a case whose area has left the district is not taken out into another one', async (t) => {
  const pair = mergedAt(5 * minute)
  const [city, , street, community, grid] = places.grid.path
  if (!city || !street || !community || !grid) throw new Error('the tree of these tests has five levels')
  const district = { code: huangshi.foreignDistrict, kind: 'district' } as const
  pair.merged.moveTo(place([city, district, street, community, grid], 8))
  t.equal(undoMerge(pair.survivor, pair.merged), 'area_left_district')
})

t.test('a survivor’s pause ends for the feedback that goes back', async (t) => {
  const pair = mergedAt(5 * minute)
  pair.survivor.act({ type: 'request_pause', promises: ['feedback'], until: receipt + 9 * day }, 'community')
  pair.survivor.act('approve_relief', 'street')
  undoneAt(pair, 5 * hour)
  t.match(pair.merged.live('feedback'), { state: 'running', dueAt: receipt + hour + 5 * hour - 5 * minute })
  pair.merged.at(2 * day).settle()
  t.equal(pair.merged.rows('feedback')[1], 'community breached')
})

t.test('a paused on_site goes on running, with what it had left when it was paused', async (t) => {
  const pair = mergedAt(3 * hour, ({ merged }) => {
    merged.act({ type: 'request_pause', promises: ['on_site'], until: receipt + day }, 'community')
    merged.act('approve_relief', 'street')
  })
  undoneAt(pair, 5 * hour)
  t.match(pair.merged.live('on_site'), { state: 'running', dueAt: receipt + 5 * hour + 8 * hour - minute })
})

t.test('units of before the merge are called anew', async (t) => {
  const pair = undoneAt(
    mergedAt(5 * minute, ({ merged }) => merged.act('whistle', 'community')),
    10 * minute,
  )
  t.equal(pair.merged.incident.state, 'dispatched')
  t.equal(pair.merged.act('arrive', 'responder'), 'not_assigned')
  t.equal(pair.merged.act(call('fire'), 'community'), null)
  t.match(pair.merged.incident.deadlines.at(-1), { assignmentNo: 2, generation: 2 })
  t.equal(elderReportId.length, reportId.length)
})

const lastId = '01990000-0000-7000-8000-00000000000c'
