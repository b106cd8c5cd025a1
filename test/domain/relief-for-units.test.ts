import t from 'tap'
import { huangshi } from '../support/world-areas.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, receipt } from './played-facts.ts'

const { community, street, district } = huangshi
const extension = { type: 'request_extension', promises: ['on_site'], byMs: hour } as const

/** A case whose own promises are kept, and for which the street has called another unit, which has a clock of its own. */
function calledAgain(): PlayedCase {
  const played = playCase().at(minute)
  played.act(call('fire'), 'street')
  played.act('arrive', 'responder')
  played.act('feedback', 'responder')
  played.act('finish', 'responder')
  played.act(call('order'), 'street')
  return played
}

function told(played: PlayedCase): string[] {
  return played.notices().map(({ kind, recipient: { code } }) => `${kind} → ${code}`)
}

t.test(
  'where a unit alone answers, relief is decided by the area that called it, or one above, and by nobody below',
  async (t) => {
    for (const decision of ['approve_relief', 'refuse_relief'] as const)
      for (const [by, refusal] of [
        ['community', 'not_superior'],
        ['street', null],
        ['district', null],
        ['administrator', null],
        ['officer', 'not_superior'],
        ['neighbour', 'not_your_area'],
      ] as const) {
        const played = calledAgain()
        t.equal(played.at(2 * minute).act(extension, 'officer'), null)
        t.equal(played.act(decision, by), refusal, `${decision} by ${by}`)
        const approved = decision === 'approve_relief' && refusal === null
        t.equal(played.incident.deadlines.at(-1)?.dueAt, receipt + minute + (approved ? 7 : 6) * hour)
      }
  },
)

t.test(
  'a pause that a unit alone was granted is ended by the area that called it, or one above',
  async (t) => {
    for (const [by, refusal] of [
      ['community', 'not_accountable'],
      ['street', null],
      ['district', null],
    ] as const) {
      const played = calledAgain()
      played.act({ type: 'request_pause', promises: ['on_site'], until: receipt + 3 * hour }, 'officer')
      played.act('approve_relief', 'street')
      t.equal(played.at(hour).act('resume', by), refusal, by)
    }
  },
)

t.test('the area that called is asked, and the unit told what was decided', async (t) => {
  const played = calledAgain()
  played.act(extension, 'officer')
  t.same(told(played), [`relief_requested → ${street}`])
  played.act('approve_relief', 'street')
  t.same(told(played), ['relief_approved → order'])
})

t.test('where areas answer, too, whoever is above the highest of them is asked', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'community')
  played.act(extension, 'responder')
  t.same(told(played), [`relief_requested → ${street}`])
  played.act({ type: 'raise', rung: 'street' }, 'street')
  played.act({ ...extension, byMs: 2 * hour }, 'responder')
  t.same(told(played), [`relief_requested → ${district}`])
})

t.test('whoever asked is told of the answer, though the promise was kept meanwhile', async (t) => {
  const played = playCase().at(minute)
  played.act({ type: 'request_extension', promises: ['feedback'], byMs: hour }, 'community')
  played.act('feedback', 'community')
  t.equal(played.act('refuse_relief', 'street'), null)
  t.same(told(played), [`relief_refused → ${community}`])
})
