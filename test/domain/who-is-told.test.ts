import t from 'tap'
import { noticesOf } from '../../src/domain/notices-of.ts'
import { huangshi } from '../support/world-areas.ts'
import { hour, minute, type PlayedCase, playCase, receipt } from './played-case.ts'

/** Who was told what about which promise by the last event. */
function told(played: PlayedCase): string[] {
  const event = played.events.at(-1)
  if (event === undefined) throw new Error('a case begins with an event')
  return noticesOf(played.incident, event).map(
    ({ kind, recipient, about }) => `${kind} ${about.promise} → ${recipient.kind} ${recipient.code}`,
  )
}

const { community, street, district } = huangshi

t.test('a receipt tells nobody: nothing has gone wrong and nobody has taken over', async (t) => {
  t.same(told(playCase()), [])
})

t.test('a breach tells the next rung, which answers for it now', async (t) => {
  const played = playCase().at(10 * minute + 1)
  played.settle()
  t.same(told(played), [`breached report → area ${street}`])
  const event = played.events.at(-1)
  if (event === undefined) return t.fail('there was a breach')
  t.match(noticesOf(played.incident, event)[0]?.about, {
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

t.test('whatever keeps or ends a case tells nobody', async (t) => {
  for (const way of [
    ['feedback', 'arrive', 'resolve', 'close', 'reopen'],
    ['settle', 'reopen', 'reject'],
  ] as const) {
    const played = playCase().at(minute)
    for (const command of way) {
      t.equal(played.act(command, 'community'), null)
      t.same(told(played), [], command)
    }
  }
})
