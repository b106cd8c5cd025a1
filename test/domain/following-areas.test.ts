import t from 'tap'
import type { AreaKind } from '../../src/domain/area.ts'
import { huangshi } from '../support/world-areas.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, onLadder, place, places, policy, receipt } from './played-facts.ts'

const { community, district, grid, neighbour, street } = huangshi
const newStreet = '420202999000'

/** The grid's place where areas of some kinds are others; null: there is none of that kind any more. */
function elsewhere(change: Partial<Record<AreaKind, string | null>>, treeVersion = 8) {
  const path = places.grid.path.flatMap((node) => {
    const code = change[node.kind]
    return code === null ? [] : [{ ...node, code: code ?? node.code }]
  })
  return place(path, treeVersion)
}

const parties = ({ incident }: PlayedCase) =>
  incident.deadlines
    .filter(({ state }) => state === 'running' || state === 'paused')
    .map(({ promise, accountable, state }) => `${promise} ${accountable.code} ${state}`)

t.test('what is live goes over to the area that stands at its rung now, due as before', async (t) => {
  const played = playCase().at(minute)
  const before = played.incident.deadlines
  played.moveTo(elsewhere({ community: neighbour })).settle()
  t.equal(played.events.length, 2, 'one event for all')
  t.match(played.events.at(-1), { type: 'duty_moved', actor: null, requestedAt: null, at: receipt + minute })
  t.equal(played.incident.revision, 1, 'nobody asked for it')
  t.same(played.rows('feedback'), ['community cancelled (handed_over)', 'community running'])
  t.match(
    played.incident.deadlines.slice(3),
    before.map(({ no, promise, dueAt }) => ({
      promise,
      dueAt,
      handedFrom: no,
      startedAt: receipt + minute,
      treeVersion: 8,
      accountable: { kind: 'area', code: neighbour },
    })),
  )
  t.equal(played.settle(), 0, 'once')
  t.same(
    played.notices().map(({ kind, recipient }) => `${kind} ${recipient.code}`),
    ['report', 'feedback', 'on_site'].map(() => `handed_over ${neighbour}`),
  )
})

t.test('a tree that changes elsewhere moves nothing, nor does one version a second time', async (t) => {
  const played = playCase().at(minute)
  t.equal(played.moveTo(elsewhere({}, 9)).settle(), 0)
  t.equal(played.moveTo(elsewhere({ grid: `${grid}-9` }, 10)).settle(), 0, 'nobody answers at the grid')
  t.equal(played.moveTo(elsewhere({ community: neighbour }, 11)).settle(), 1)
  t.equal(played.moveTo(elsewhere({ community: neighbour }, 12)).settle(), 0)
})

t.test('there and back again, any number of times', async (t) => {
  const played = playCase().at(minute)
  for (const [index, code] of [neighbour, community, neighbour].entries())
    t.equal(played.moveTo(elsewhere({ community: code }, 8 + index)).settle(), 1)
  t.same(
    parties(played),
    ['report', 'feedback', 'on_site'].map((promise) => `${promise} ${neighbour} running`),
  )
})

t.test('where a rung is no more, the next one above answers', async (t) => {
  const played = playCase().at(minute)
  played.moveTo(elsewhere({ community: null })).settle()
  t.same(played.rows('report'), ['community cancelled (handed_over)', 'street running'])
  const short = playCase({ policy: onLadder('community', 'district') }).at(minute)
  short.moveTo(elsewhere({ community: null })).settle()
  t.same(short.rows('report'), ['community cancelled (handed_over)', 'district running'], 'of the ladder')
})

t.test(
  'what ran out before is the breach of whoever let it run out; its climb goes along the new path',
  async (t) => {
    const played = playCase().at(10 * minute + 1)
    played.moveTo(elsewhere({ community: neighbour, street: newStreet })).settle()
    t.match(played.events[1], { type: 'deadline_breached', breach: { accountable: { code: community } } })
    t.same(parties(played), [
      `report ${newStreet} running`,
      `feedback ${neighbour} running`,
      `on_site ${neighbour} running`,
    ])
  },
)

t.test('in the very instant of the due time it is not late yet, and goes over', async (t) => {
  const played = playCase().at(10 * minute)
  played.moveTo(elsewhere({ community: neighbour })).settle()
  t.equal(parties(played)[0], `report ${neighbour} running`)
  played.at(10 * minute + 1).settle()
  t.match(played.events.at(-1), { type: 'deadline_breached', breach: { accountable: { code: neighbour } } })
})

t.test('a clock that stands still goes on standing still', async (t) => {
  const played = playCase().at(minute)
  played.act('request_pause', 'community')
  played.at(2 * minute).act('approve_relief', 'street')
  const paused = played.incident.deadlines.filter(({ state }) => state === 'paused')
  t.ok(paused.length > 0)
  played
    .at(5 * minute)
    .moveTo(elsewhere({ community: neighbour }))
    .settle()
  t.match(
    played.incident.deadlines.filter(({ state }) => state === 'paused'),
    paused.map(({ promise, pausedAt, dueAt }) => ({
      promise,
      pausedAt,
      dueAt,
      accountable: { code: neighbour },
    })),
  )
})

t.test('by a clock that cannot be trusted duty moves, and nothing is breached', async (t) => {
  const played = playCase()
    .at(10 * minute + 1)
    .trust(false)
  played.moveTo(elsewhere({ community: neighbour })).settle()
  t.same(
    parties(played),
    [`report ${community} running`, `feedback ${neighbour} running`, `on_site ${neighbour} running`],
    'what may have run out stays with whom it was',
  )
})

t.test('whoever answers now may ask and be asked; whoever did is gone', async (t) => {
  const played = playCase()
    .at(minute)
    .moveTo(elsewhere({ community: neighbour }))
  t.equal(played.act('request_pause', 'community'), 'not_your_area')
  t.equal(played.act('request_pause', 'neighbour'), null)
  t.match(played.incident.reliefs, [{ requestedBy: { code: neighbour } }])
})

t.test(
  'a case that was handed down goes on with the area at that rung, and for the area that calls now',
  async (t) => {
    const played = playCase().at(minute)
    played.act({ type: 'hand_down', areaCode: community }, 'street')
    played.act('accept', 'community')
    const dueAt = played.incident.deadlines.at(-1)?.dueAt
    played
      .at(hour)
      .moveTo(elsewhere({ community: neighbour, street: newStreet }))
      .settle()
    t.match(played.incident.assignments, [
      { assignee: { kind: 'area', code: neighbour }, whistledBy: newStreet, state: 'accepted' },
    ])
    t.match(played.incident.deadlines.at(-1), {
      assignmentNo: 1,
      rung: 'community',
      accountable: { code: neighbour },
      dueAt,
      handedFrom: 6,
    })
    t.match(
      played.notices().map(({ kind, recipient }) => [kind, recipient.code]),
      [
        ['handed_over', newStreet],
        ['handed_over', newStreet],
        ['assigned', neighbour],
      ],
    )
    t.equal(played.act('arrive', 'community'), 'not_your_area')
    t.equal(played.act('arrive', 'neighbour'), null)
  },
)

t.test('it is called off where there is no such rung any more; the caller answers as before', async (t) => {
  const played = playCase().at(minute)
  played.act({ type: 'hand_down', areaCode: community }, 'street')
  played
    .at(2 * minute)
    .moveTo(elsewhere({ community: null }))
    .settle()
  t.match(played.incident.assignments, [{ state: 'withdrawn' }])
  t.same(played.rows('on_site'), [
    'community cancelled (handed_over)',
    'street running',
    'community cancelled (withdrawn)',
  ])
  t.equal(played.act(call('fire'), 'street'), null, 'another lead may be called')
})

t.test('a unit works on, for the area that has taken over; its breach is told to that one', async (t) => {
  const played = playCase().at(minute)
  played.act(call('fire'), 'street')
  played
    .at(2 * minute)
    .moveTo(elsewhere({ street: newStreet }))
    .settle()
  t.match(played.incident.assignments, [{ assignee: { code: 'fire' }, whistledBy: newStreet }])
  played.act('return', 'responder')
  t.equal(played.events.at(-1)?.type, 'assignment_returned')
  const other = playCase().at(minute)
  other.act(call('fire'), 'street')
  other
    .at(2 * minute)
    .moveTo(elsewhere({ street: newStreet }))
    .settle()
  other.act('feedback', 'district')
  other.at(minute + policy.unitLimitMs + 1).settle()
  const event = other.events.find(({ type }) => type === 'deadline_breached')
  t.match(other.notices(event), [{ kind: 'breached', recipient: { code: newStreet } }])
})

t.test('whoever is to rule on a return stands above the area that calls now', async (t) => {
  const played = playCase({ policy: { ...policy, returnsMax: 0 } }).at(minute)
  played.act(call('fire'), 'street')
  played.moveTo(elsewhere({ street: newStreet }))
  played.act('return', 'responder')
  t.match(played.notices(), [{ kind: 'return_requested', recipient: { code: district } }])
})

t.test('whoever is asked about relief, and told what was decided, stands there now', async (t) => {
  const told = (played: PlayedCase) => played.notices().map(({ kind, recipient }) => [kind, recipient.code])
  const moved = elsewhere({ street: newStreet })
  const asked = playCase().at(minute).moveTo(moved)
  asked.act('request_pause', 'community')
  t.same(told(asked), [['relief_requested', newStreet]], 'the path of the clock is an older one')
  for (const decision of ['approve_relief', 'refuse_relief'] as const) {
    const played = playCase().at(minute)
    played.act('request_pause', 'community')
    played.moveTo(elsewhere({ community: neighbour }))
    t.equal(played.act(decision, 'street'), null)
    t.same(told(played), [[decision.replace(/(approve|refuse)_relief/, 'relief_$1d'), neighbour]])
  }
})

t.test('a case that has ended stays as it is', async (t) => {
  const played = playCase().at(minute)
  played.act('settle', 'community')
  t.equal(played.moveTo(elsewhere({ community: neighbour, street: newStreet })).settle(), 0)
  t.equal(played.incident.endedByAreaCode, community)
  t.notOk(parties(played).includes(street))
})
