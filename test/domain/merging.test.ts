import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { caseIn } from './case-in-state.ts'
import { elderCase, elderReportId, mergeInto } from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { call, day, hour, minute, onLadder, places, receipt } from './played-facts.ts'

/** The feedback that a case owes to the reporters of those that were merged into it, each as `rung state`. */
function owedToOthers({ incident }: PlayedCase): string[] {
  return incident.deadlines.flatMap(({ reportId, rung, state, cancelReason }) =>
    reportId === null ? [] : [`${rung} ${state}${cancelReason === null ? '' : ` (${cancelReason})`}`],
  )
}

t.test(
  'the merged case goes on as part of the other one: report is kept, on_site and the rest cancelled',
  async (t) => {
    const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
    t.equal(mergeInto(survivor, merged), null)
    t.equal(merged.incident.state, 'merged')
    t.same(merged.incident.mergedInto, {
      incidentId: survivor.incident.id,
      at: receipt + 5 * minute,
      from: 'received',
    })
    t.same(merged.rows('report'), ['community met'])
    t.same(merged.rows('feedback'), ['community cancelled (merged)'])
    t.same(merged.rows('on_site'), ['community cancelled (merged)'])
    t.equal(survivor.incident.state, 'received')
    t.match(survivor.incident.joined, [{ incidentId: merged.incident.id, separatedAt: null }])
  },
)

t.test('a report that ran out before its merge is fulfilled by it', async (t) => {
  const [survivor, merged] = [elderCase().at(hour / 2), playCase().at(hour / 2)]
  t.equal(mergeInto(survivor, merged), null)
  t.same(merged.rows('report'), ['community breached fulfilled', 'street met'])
})

t.test('the survivor’s clocks do not restart', async (t) => {
  const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
  const due = ['report', 'feedback', 'on_site'] as const
  const before = due.map((promise) => survivor.due(promise))
  mergeInto(survivor, merged)
  t.same(
    due.map((promise) => survivor.due(promise)),
    before,
  )
})

t.test('the merged one’s reporter still waits: their feedback goes on as a row of its own', async (t) => {
  const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
  mergeInto(survivor, merged)
  t.match(survivor.incident.deadlines.at(-1), {
    promise: 'feedback',
    reportId,
    rung: 'community',
    accountable: { code: huangshi.community },
    startedAt: receipt + 5 * minute,
    dueAt: receipt + hour,
    escalatedFrom: null,
    handedFrom: null,
  })
  t.same(owedToOthers(survivor), ['community running'])
  t.equal(survivor.live('feedback')?.dueAt, receipt - minute + hour, 'beside the survivor’s own')
})

t.test(
  'each of the two feedbacks runs out, climbs and is exhausted by itself; one answer keeps both',
  async (t) => {
    const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
    mergeInto(survivor, merged)
    survivor.at(hour - minute + 1).settle()
    t.same(owedToOthers(survivor), ['community running'], 'that one has a minute left')
    survivor.at(hour + 1).settle()
    t.same(owedToOthers(survivor), ['community breached', 'street running'])
    for (const days of [1, 2, 3]) survivor.at(days * day).settle()
    t.same(owedToOthers(survivor), ['community breached', 'street breached', 'district breached'])
    const kept = elderCase().at(5 * minute)
    const other = playCase().at(5 * minute)
    mergeInto(kept, other)
    kept.at(hour / 2).act('feedback', 'community')
    t.same(kept.rows('feedback'), ['community met', 'community met'])
  },
)

t.test('what has been answered before a merge is owed to nobody after it', async (t) => {
  const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
  merged.act('feedback', 'community')
  mergeInto(survivor, merged)
  t.same(owedToOthers(survivor), [])
})

t.test('the feedback goes on at the rung that it had reached', async (t) => {
  const survivor = elderCase().at(5 * minute)
  survivor.act('feedback', 'community')
  const merged = playCase().at(5 * minute)
  merged.act('report_up', 'community')
  t.equal(merged.incident.state, 'reported')
  mergeInto(survivor, merged)
  t.same(owedToOthers(survivor), ['street running'])
})

t.test('what the survivor hands up it hands up for everybody who waits', async (t) => {
  const [survivor, merged] = [elderCase().at(5 * minute), playCase().at(5 * minute)]
  mergeInto(survivor, merged)
  survivor.act('report_up', 'community')
  t.same(owedToOthers(survivor), ['community cancelled (handed_over)', 'street running'])
  t.equal(survivor.incident.deadlines.at(-1)?.reportId, reportId)
})

t.test('a case is merged into an open one of its district that was received before it', async (t) => {
  const into = (survivor: PlayedCase, merged = playCase().at(5 * minute)) => mergeInto(survivor, merged)
  const elder = () => elderCase().at(5 * minute)
  t.equal(into(elder()), null)
  t.equal(into(elderCase({ receivedAt: minute }).at(5 * minute)), 'not_mergeable', 'received after it')
  const sameTime = (id: string) => elderCase({ receivedAt: 0, id }).at(5 * minute)
  t.equal(into(sameTime('01990000-0000-7000-8000-000000000009')), null, 'at the same time: the smaller id')
  t.equal(into(sameTime('01990000-0000-7000-8000-00000000000b')), 'not_mergeable')
  const itself = playCase().at(5 * minute)
  t.equal(into(itself, itself), 'not_mergeable')
  for (const end of ['settle', 'reject'] as const) {
    const ended = elder()
    ended.act(end, 'community')
    t.equal(into(ended), 'not_mergeable', `${end}ed`)
  }
  t.equal(into(elderCase({ districtCode: huangshi.foreignDistrict }).at(5 * minute)), 'other_district')
  const there = playCase().at(5 * minute)
  there.act('arrive', 'grid')
  t.equal(into(elder(), there), 'illegal_transition', 'where somebody is there already')
  t.equal(mergeInto(elder(), playCase().at(5 * minute), 'neighbour'), 'not_your_area')
})

t.test('a merge ends the merged one’s assignments and requests', async (t) => {
  const merged = playCase().at(5 * minute)
  merged.act(call('fire', 'volunteers'), 'community')
  merged.act('request_extension', 'community')
  mergeInto(elderCase().at(5 * minute), merged)
  t.match(merged.incident.assignments, [{ state: 'ended' }, { state: 'ended' }])
  t.match(merged.incident.reliefs, [{ state: 'lapsed' }])
  t.equal(merged.at(100 * day).settle(), 0, 'and nothing of it runs out')
  t.equal(merged.act('arrive', 'responder'), 'illegal_transition')
})

t.test('what a merged case had taken in goes on with it', async (t) => {
  const [first, second, third] = [
    elderCase().at(5 * minute),
    playCase().at(5 * minute),
    lastCase().at(5 * minute),
  ]
  const own = { first: thirdReportId, all: new Set([thirdReportId]) }
  t.equal(mergeInto(second, third, 'community', own), null)
  t.equal(
    mergeInto(first, second, 'community', { first: reportId, all: new Set([reportId, thirdReportId]) }),
    null,
  )
  t.same(owedToOthers(first), ['community running', 'community running'])
  t.same(
    first.incident.deadlines.flatMap(({ reportId }) => reportId ?? []),
    [reportId, thirdReportId],
  )
  t.same(owedToOthers(second), ['community cancelled (merged)'])
})

t.test('what a community may not be made to carry does not come to it by way of a merge', async (t) => {
  const survivor = elderCase({ admittedFrom: 'street' }).at(5 * minute)
  t.equal(mergeInto(survivor, playCase().at(5 * minute)), null)
  t.same(owedToOthers(survivor), ['street running'])
  const low = elderCase({ admittedFrom: 'district', policy: onLadder('grid', 'community') }).at(5 * minute)
  mergeInto(low, playCase().at(5 * minute))
  t.same(owedToOthers(low), ['community running'], 'where the ladder ends below, it stays where it was')
})

t.test('where the tree of the survivor lacks the rung, the next one above answers', async (t) => {
  const survivor = elderCase({ place: places.street }).at(5 * minute)
  const merged = playCase().at(5 * minute)
  mergeInto(survivor, merged)
  t.same(owedToOthers(survivor), ['street running'])
})

t.test(
  'whoever waits for an answer in vain is answered first; nothing else on the red list keeps a case',
  async (t) => {
    const merged = caseIn('received').at(20 * day)
    for (const days of [21, 22, 23]) merged.at(days * day).settle()
    t.equal(mergeInto(elderCase().at(23 * day), merged), 'answer_exhausted')
    merged.act('feedback', 'community')
    t.equal(mergeInto(elderCase().at(23 * day), merged), null)
    t.equal(elderReportId.length, reportId.length)
  },
)

const thirdReportId = '01990000-0000-7000-8000-0000000000cb'

function lastCase(): PlayedCase {
  return playCase({ id: '01990000-0000-7000-8000-00000000000c', reportId: thirdReportId, receivedAt: minute })
}
