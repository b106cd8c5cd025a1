import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { caseIn } from './case-in-state.ts'
import { elderCase, mergeInto } from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { call, hour, minute, onLadder, place, places, receipt } from './played-facts.ts'

/** Who was told what about which promise by the last event. */
function told(played: PlayedCase): string[] {
  return played
    .notices()
    .map(({ kind, recipient, about }) => `${kind} ${about.promise} → ${recipient.kind} ${recipient.code}`)
}

const { community, street, district, city } = huangshi

t.test('a receipt tells nobody: nothing has gone wrong and nobody has taken over', async (t) => {
  t.same(told(playCase()), [])
})

t.test('a breach tells the next rung, which answers for it now', async (t) => {
  const played = playCase().at(10 * minute + 1)
  played.settle()
  t.same(told(played), [`breached report → area ${street}`])
  t.match(played.notices()[0]?.about, {
    rung: 'community',
    accountable: { code: community },
    dueAt: receipt + 10 * minute,
  })
})

t.test('at the top, the top itself is told that the promise is exhausted', async (t) => {
  const played = playCase()
  for (const at of [11 * minute, 23 * minute, 36 * minute]) played.at(at).settle()
  t.same(told(played), [`exhausted report → area ${district}`])
})

t.test('where the top is not on the case’s path any more, whoever stands there now is told', async (t) => {
  const east = '420202999000'
  const path = places.grid.path.map((node) => (node.kind === 'street' ? { ...node, code: east } : node))
  const played = playCase({ policy: onLadder('community', 'street') })
  played.at(11 * minute).settle()
  played
    .at(23 * minute)
    .moveTo(place(path, 8))
    .settle()
  t.same(told(played), [`exhausted report → area ${east}`], 'who can see the case and act on it')
  t.match(played.notices()[0]?.about, { rung: 'street', accountable: { code: street } }, 'whose breach it is')
  t.equal(played.act('urge', 'district'), null)
  t.same(told(played), [
    ...['feedback', 'on_site'].map((promise) => `urged ${promise} → area ${community}`),
    `urged report → area ${east}`,
  ])
})

t.test('a unit’s breach tells the area that whistled it', async (t) => {
  const played = playCase().at(minute)
  played.act('feedback', 'community')
  played.act('whistle', 'street')
  played.at(7 * hour).settle()
  t.same(told(played), [`breached on_site → area ${street}`])
})

t.test('a handing up tells the area that takes over, a whistle the unit', async (t) => {
  const played = playCase().at(minute)
  played.act('report_up', 'community')
  t.same(told(played), [`handed_over feedback → area ${street}`, `handed_over on_site → area ${street}`])
  played.act('whistle', 'district')
  t.same(told(played), [
    `handed_over feedback → area ${district}`,
    `handed_over on_site → area ${district}`,
    'assigned on_site → unit fire',
  ])
})

t.test('whoever a case comes back to is told that it was taken up again', async (t) => {
  const again = [`taken_up_again feedback → area ${community}`, `taken_up_again on_site → area ${community}`]
  const reopened = caseIn('closed')
  reopened.act('reopen', 'district')
  t.same(told(reopened), again)
  const rated = caseIn('resolved')
  const rating = { reportId, solved: false, satisfaction: 2 }
  rated.act({ type: 'rate', rating, othersAsked: false, rated: false }, 'resident')
  t.same(told(rated), again)
  const parted = caseIn('merged').at(2 * minute)
  parted.act('unmerge', 'community')
  t.same(told(parted), [`taken_up_again on_site → area ${community}`])
})

t.test('each unit that is called is told, and the area that a case is given to', async (t) => {
  const called = playCase().at(minute)
  called.act(call('fire', 'party', 'volunteers'), 'community')
  t.same(told(called), [
    'assigned on_site → unit fire',
    'assigned on_site → unit party',
    'assigned on_site → unit volunteers',
  ])
  const given = playCase().at(minute)
  given.act('hand_down', 'street')
  t.same(told(given).at(-1), `assigned on_site → area ${community}`)
})

t.test(
  'a return tells the area that called, a request for one the area above, a ruling the unit',
  async (t) => {
    const played = caseIn('dispatched')
    played.act('return', 'responder')
    t.same(told(played), [`returned on_site → area ${community}`])
    played.act(call('order'), 'street')
    played.act('return', 'officer')
    t.same(told(played), [`return_requested on_site → area ${district}`], 'above the street, which called')
    played.act({ type: 'rule_return', assignmentNo: 2, upheld: false }, 'district')
    t.same(told(played), ['return_refused on_site → unit order'])
    played.act({ type: 'withdraw', assignmentNo: 2 }, 'street')
    t.same(told(played), ['withdrawn on_site → unit order'])
    for (const command of ['accept', 'arrive', 'finish'] as const) {
      const quiet = caseIn('dispatched')
      if (command === 'finish') quiet.act('arrive', 'responder')
      quiet.act(command, 'responder')
      t.same(told(quiet), [], command)
    }
  },
)

t.test('a request for relief tells whoever may decide it, and the decision whoever asked', async (t) => {
  const promises = ['feedback', 'on_site'] as const
  const played = playCase().at(2 * hour)
  played.act({ type: 'request_pause', promises, until: receipt + 5 * hour }, 'community')
  t.same(
    told(played),
    [`relief_requested feedback → area ${district}`],
    'the street answers for one of them by now, so it is the district',
  )
  played.act('refuse_relief', 'district')
  t.same(told(played), [`relief_refused feedback → area ${community}`])
  played.act('whistle', 'community')
  played.act('request_extension', 'responder')
  t.same(told(played), [`relief_requested on_site → area ${street}`])
  played.act({ type: 'approve_relief', reliefNo: 2 }, 'street')
  t.same(told(played), ['relief_approved on_site → unit fire'])
})

t.test('at the very top a request is told to the top itself', async (t) => {
  const played = playCase().at(minute)
  played.act({ type: 'raise', rung: 'city' }, 'city')
  played.act('request_pause', 'city')
  t.same(told(played), [`relief_requested on_site → area ${city}`])
})

t.test('the end of a pause tells nobody', async (t) => {
  const played = playCase().at(minute)
  played.act('request_pause', 'community')
  played.act('approve_relief', 'street')
  played.act('resume', 'community')
  t.same(told(played), [])
  const alarmed = playCase().at(minute)
  alarmed.act('feedback', 'community')
  alarmed.act('report_up', 'community')
  alarmed.act('request_pause', 'street')
  alarmed.act('approve_relief', 'district')
  t.equal(alarmed.at(minute + hour + 1).settle(), 1)
  t.same(told(alarmed), [])
})

t.test('an urging tells each whom it concerns', async (t) => {
  const played = playCase().at(minute)
  played.act('whistle', 'community')
  played.act('urge', 'street')
  t.same(told(played), [
    `urged feedback → area ${community}`,
    `urged on_site → area ${community}`,
    'urged on_site → unit fire',
  ])
})

t.test('whoever answers for a merged report from now on is told', async (t) => {
  const [survivor, merged] = [elderCase().at(minute), playCase().at(minute)]
  mergeInto(survivor, merged)
  t.same(told(survivor), [`joined feedback → area ${community}`])
  t.same(told(merged), [])
})

t.test('whatever keeps or ends a case tells nobody', async (t) => {
  for (const way of [
    ['feedback', 'arrive', 'resolve', 'rate'],
    ['settle', 'close', 'reveal_reporter'],
    ['reject'],
  ] as const) {
    const played = playCase().at(minute)
    for (const command of way) {
      t.equal(played.act(command, command === 'reveal_reporter' ? 'auditor' : 'community'), null)
      t.same(told(played), [], command)
    }
  }
})
