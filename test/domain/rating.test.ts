import t from 'tap'
import type { Rating } from '../../src/domain/event.ts'
import { huangshi } from '../support/world-areas.ts'
import { caseIn } from './case-in-state.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { day, hour, minute, place, places, policy, receipt } from './played-facts.ts'

interface Answer {
  readonly solved: boolean
  readonly othersAsked?: boolean
  readonly rated?: boolean
}

/** The reporter says whether it worked. */
function rate(played: PlayedCase, { solved, othersAsked = false, rated = false }: Answer) {
  const rating: Rating = { reportId, solved, satisfaction: solved ? 5 : 1 }
  return played.act({ type: 'rate', rating, othersAsked, rated }, 'resident')
}

t.test('a reporter who says yes closes the case, once everybody who reported has', async (t) => {
  const played = caseIn('resolved')
  t.equal(rate(played, { solved: true, othersAsked: true }), null)
  t.equal(played.incident.state, 'resolved', 'somebody else is still asked')
  t.match(played.events.at(-1), { type: 'rated', rating: { reportId, solved: true, satisfaction: 5 } })
  t.equal(rate(played, { solved: true }), null)
  t.equal(played.incident.state, 'closed')
})

t.test('a reporter who says no reopens the case, be it closed already', async (t) => {
  for (const state of ['resolved', 'closed'] as const) {
    const played = caseIn(state).at(hour)
    t.equal(rate(played, { solved: false, othersAsked: true }), null)
    t.match(played.incident, {
      state: 'reported',
      generation: 2,
      reopenings: 1,
      endedAt: null,
      endedByAreaCode: null,
    })
    t.match(played.live('feedback'), { accountable: { code: huangshi.community }, dueAt: receipt + 2 * hour })
    t.match(played.live('on_site'), { dueAt: receipt + 9 * hour, generation: 2 })
  }
})

t.test(
  'it reopens as often as the policy says; after that the answer is kept and reopens nothing',
  async (t) => {
    const played = caseIn('resolved')
    for (let time = 1; time <= policy.reopeningsMax; time += 1) {
      t.equal(rate(played, { solved: false }), null)
      t.equal(played.incident.reopenings, time)
      t.equal(played.act('settle', 'community'), null)
    }
    const { seq, deadlines } = played.incident
    t.equal(rate(played, { solved: false }), null)
    t.match(played.incident, { state: 'resolved', seq: seq + 1 })
    t.same(played.incident.deadlines, deadlines)
  },
)

t.test('one report is rated once for each handling', async (t) => {
  const played = caseIn('resolved')
  t.equal(rate(played, { solved: true, rated: true }), 'already_rated')
  t.equal(rate(played, { solved: false, rated: true }), 'already_rated')
})

t.test(
  'the reporter is asked up to the very end of the policy’s time; then the case closes by itself',
  async (t) => {
    for (const [sinceMs, refusal, state] of [
      [-1, null, 'resolved'],
      [0, null, 'resolved'],
      [1, 'rating_over', 'closed'],
    ] as const) {
      const played = caseIn('resolved').at(minute + policy.ratingTimeMs + sinceMs)
      t.equal(rate(played, { solved: true, othersAsked: true }), refusal, `${sinceMs} ms after`)
      t.equal(played.incident.state, state)
    }
  },
)

t.test('nobody answers: a clock closes the case, once, and raises no revision', async (t) => {
  const played = caseIn('resolved').at(minute + policy.ratingTimeMs)
  const { revision } = played.incident
  t.equal(played.settle(), 0)
  t.equal(played.at(30 * day).settle(), 1)
  t.match(played.events.at(-1), { type: 'closed_unanswered', actor: null, at: receipt + 30 * day })
  t.match(played.incident, { state: 'closed', revision, endedAt: receipt + minute })
  t.equal(played.at(60 * day).settle(), 0)
  t.equal(played.act('reopen', 'community'), null, 'a desk may still take it up')
})

t.test('each handling is asked about for its own time', async (t) => {
  const played = caseIn('resolved').at(2 * day)
  rate(played, { solved: false })
  played.at(5 * day).act('settle', 'community')
  t.equal(played.at(8 * day).settle(), 0)
  t.equal(played.at(8 * day + 1).settle(), 1)
  t.equal(played.incident.state, 'closed')
})

t.test('a case that was closed by hand or rejected waits for nobody', async (t) => {
  for (const state of ['closed', 'rejected'] as const)
    t.equal(
      caseIn(state)
        .at(30 * day)
        .settle(),
      0,
      state,
    )
})

t.test('by a clock that cannot be trusted nothing is closed', async (t) => {
  const played = caseIn('resolved')
    .trust(false)
    .at(30 * day)
  t.equal(played.settle(), 0)
  t.equal(played.trust(true).settle(), 1)
})

t.test('a case whose area has left the district keeps the answer and is not reopened there', async (t) => {
  const [city, , street, community, grid] = places.grid.path
  if (!city || !street || !community || !grid) throw new Error('the tree of these tests has five levels')
  const played = caseIn('resolved')
  const district = { code: huangshi.foreignDistrict, kind: 'district' } as const
  played.moveTo(place([city, district, street, community, grid], 8))
  t.equal(rate(played, { solved: false }), null)
  t.equal(played.incident.state, 'resolved')
})

t.test('no rating is taken of what is still handled, rejected or merged', async (t) => {
  for (const state of ['received', 'reported', 'dispatched', 'on_site', 'rejected', 'merged'] as const)
    t.equal(rate(caseIn(state), { solved: true }), 'illegal_transition', state)
})

t.test('a case that was never rated and one that a desk reopens come back in the same way', async (t) => {
  const [rated, reopened] = [caseIn('resolved').at(hour), caseIn('resolved').at(hour)]
  rate(rated, { solved: false })
  reopened.act('reopen', 'community')
  t.same(rated.incident, reopened.incident)
  t.equal(playCase().incident.reopenings, 0)
})
