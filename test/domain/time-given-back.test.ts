import t from 'tap'
import { elderCase, mergedAt, mergeInto, type Pair, undoMerge, undoneAt } from './merged-cases.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, policy, receipt } from './played-facts.ts'

t.test('the survivor gets back the time by which the merge had brought it forward', async (t) => {
  const extended = ({ survivor }: Pair) => {
    survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
    survivor.act('approve_relief', 'street')
  }
  const pair = mergedAt(hour, extended)
  t.equal(pair.survivor.due('on_site'), 8 * hour)
  undoneAt(pair, 2 * hour)
  t.equal(pair.survivor.due('on_site'), 13 * hour - minute)
  t.equal(pair.survivor.live('on_site')?.advancedMs, 0)
})

t.test('a merge that brought nothing forward gives nothing back', async (t) => {
  const { survivor } = undoneAt(mergedAt(hour), 2 * hour)
  t.equal(survivor.due('on_site'), 8 * hour - minute)
})

t.test(
  'of several merges those that remain still count, and an undoing makes nothing stricter',
  async (t) => {
    const third = '01990000-0000-7000-8000-00000000000c'
    for (const first of ['sooner', 'later'] as const) {
      const survivor = elderCase().at(minute)
      survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
      survivor.act('approve_relief', 'street')
      const sooner = playCase().at(hour)
      const later = playCase({ id: third, reportId: third, receivedAt: 30 * minute }).at(hour)
      const reports = { first: third, all: new Set([third]) }
      survivor.at(hour)
      t.equal(mergeInto(survivor, sooner), null)
      t.equal(mergeInto(survivor, later, 'community', reports), null)
      t.equal(survivor.due('on_site'), 8 * hour)
      for (const each of [survivor, sooner, later]) each.at(2 * hour)
      if (first === 'sooner') undoMerge(survivor, sooner)
      else undoMerge(survivor, later, 'community', reports)
      t.equal(survivor.due('on_site'), first === 'sooner' ? 8.5 * hour : 8 * hour, `without the ${first} one`)
      if (first === 'sooner') undoMerge(survivor, later, 'community', reports)
      else undoMerge(survivor, sooner)
      t.equal(survivor.due('on_site'), 13 * hour - minute, 'without both')
    }
  },
)

t.test(
  'whatever has moved the due time since, the merges that remain count for as much as before',
  async (t) => {
    const moves: Readonly<Record<string, (survivor: PlayedCase) => unknown>> = {
      'by an extension': (survivor) => {
        survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 2 * hour }, 'community')
        survivor.act({ type: 'approve_relief', reliefNo: 2 }, 'street')
      },
      'by a pause': (survivor) => {
        const until = receipt + 3 * hour
        survivor.act({ type: 'request_pause', promises: ['on_site'], until }, 'community')
        survivor.act({ type: 'approve_relief', reliefNo: 2 }, 'street')
      },
      'by a jump of the clock': (survivor) =>
        survivor.trust(true, { from: null, to: receipt + 3 * hour, byMs: 2 * hour }),
    }
    for (const [how, move] of Object.entries(moves)) {
      const third = '01990000-0000-7000-8000-00000000000c'
      const survivor = elderCase().at(minute)
      survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
      survivor.act('approve_relief', 'street')
      const sooner = playCase().at(hour)
      const later = playCase({ id: third, reportId: third, receivedAt: 30 * minute }).at(hour)
      survivor.at(hour)
      t.equal(mergeInto(survivor, sooner), null)
      t.equal(mergeInto(survivor, later, 'community', { first: third, all: new Set([third]) }), null)
      move(survivor)
      for (const each of [survivor, sooner, later]) each.at(4 * hour)
      survivor.settle()
      t.equal(survivor.due('on_site'), 10 * hour, how)
      t.equal(undoMerge(survivor, sooner), null)
      t.equal(survivor.due('on_site'), 10.5 * hour, `${how}: only the later one’s half hour is given back`)
    }
  },
)

t.test('a survivor’s clock that has climbed since gives nothing back', async (t) => {
  const pair = mergedAt(hour)
  pair.survivor.at(8 * hour).settle()
  const due = pair.survivor.due('on_site')
  undoneAt(pair, 9 * hour)
  t.equal(pair.survivor.live('on_site')?.rung, 'street')
  t.equal(pair.survivor.due('on_site'), due)
})

t.test('what climbed or was promised anew is no shorter because of a merge of before', async (t) => {
  const third = '01990000-0000-7000-8000-00000000000c'
  const reports = { first: third, all: new Set([third]) }
  const anew: Readonly<Record<string, (survivor: PlayedCase) => unknown>> = {
    'it climbs': (survivor) => survivor.at(8 * hour + 1).settle(),
    'it is reopened': (survivor) =>
      survivor.act('settle', 'community') ?? survivor.at(8 * hour + 1).act('reopen', 'community'),
  }
  for (const [how, happens] of Object.entries(anew)) {
    const survivor = elderCase().at(minute)
    survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
    survivor.act('approve_relief', 'street')
    const sooner = playCase().at(hour)
    survivor.at(hour)
    t.equal(mergeInto(survivor, sooner), null)
    t.equal(survivor.live('on_site')?.advancedMs, 5 * hour - minute)
    happens(survivor)
    const due = survivor.due('on_site') ?? 0
    // Received at eight, and due a quarter of an hour before what the survivor owes now.
    const limitsMs = {
      ...policy.limitsMs,
      on_site: { community: due - 7.75 * hour, street: hour, district: hour },
    }
    const later = playCase({
      id: third,
      reportId: third,
      receivedAt: 7.5 * hour,
      policy: { ...policy, limitsMs },
    }).at(8 * hour + 1)
    t.equal(mergeInto(survivor, later, 'community', reports), null)
    t.equal(survivor.due('on_site'), due - 0.25 * hour, how)
    for (const each of [survivor, later]) each.at(8.5 * hour)
    t.equal(undoMerge(survivor, later, 'community', reports), null)
    t.equal(
      survivor.due('on_site'),
      due,
      `${how}: all of it is given back, though the first one was five hours sooner`,
    )
    t.equal(survivor.live('on_site')?.advancedMs, 0)
  }
})

t.test('who was called before a merge is due as they were, whichever of several is undone', async (t) => {
  const third = '01990000-0000-7000-8000-00000000000c'
  const reports = { first: third, all: new Set([third]) }
  const survivor = elderCase().at(minute)
  survivor.act({ type: 'request_extension', promises: ['on_site'], byMs: 5 * hour }, 'community')
  survivor.act('approve_relief', 'street')
  const later = playCase({ id: third, reportId: third, receivedAt: 30 * minute }).at(hour)
  survivor.at(hour)
  t.equal(mergeInto(survivor, later, 'community', reports), null)
  const unit = () =>
    (survivor.incident.deadlines.findLast(({ rung }) => rung === 'unit')?.dueAt ?? 0) - receipt
  survivor.at(4 * hour).act(call('fire'), 'community')
  t.equal(unit(), 8.5 * hour)
  const sooner = playCase().at(4 * hour)
  t.equal(mergeInto(survivor, sooner, 'street'), null)
  for (const each of [survivor, later]) each.at(5 * hour)
  t.equal(undoMerge(survivor, later, 'street', reports), null)
  t.equal(survivor.due('on_site'), 8 * hour, 'the merge that came after the call still takes from the case')
  t.equal(unit(), 10 * hour, 'and nothing from whoever had been called')
})
