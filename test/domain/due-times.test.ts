import t from 'tap'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { IncidentEvent } from '../../src/domain/event.ts'
import type { CommandType } from '../../src/domain/transitions.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { type ActorName, hour, minute, receipt } from './played-facts.ts'

const edges: readonly { promise: PromiseKind; limitMs: number; keeps: CommandType; by: ActorName }[] = [
  { promise: 'report', limitMs: 10 * minute, keeps: 'report_up', by: 'community' },
  { promise: 'feedback', limitMs: hour, keeps: 'feedback', by: 'community' },
  { promise: 'on_site', limitMs: 8 * hour, keeps: 'arrive', by: 'grid' },
]

function breachesOf(played: PlayedCase) {
  return played.events.flatMap((event) => (event.type === 'deadline_breached' ? [event.breach] : []))
}

for (const { promise, limitMs, keeps, by } of edges) {
  t.test(`${promise} is kept up to the very millisecond at which it is due, and not one later`, async (t) => {
    for (const early of [1, 0]) {
      const played = playCase().at(limitMs - early)
      t.equal(played.act(keeps, by), null)
      t.equal(played.rows(promise)[0], 'community met', `${early} ms before it is due`)
      t.equal(
        played.incident.deadlines.find((row) => row.promise === promise)?.settledAt,
        receipt + limitMs - early,
      )
    }
    const late = playCase().at(limitMs + 1)
    t.equal(late.act(keeps, by), null)
    t.same(late.rows(promise), ['community breached fulfilled', 'street met'])
    const breach = breachesOf(late).find((found) => found.promise === promise)
    t.match(breach, { lagMs: 1, dueAt: receipt + limitMs, rung: 'community', outcome: 'escalated' })
  })

  t.test(
    `a waker leaves ${promise} alone while it is in time, and breaches it one millisecond after`,
    async (t) => {
      const played = playCase().at(limitMs)
      played.settle()
      t.same(played.rows(promise), ['community running'])
      played.at(limitMs + 1)
      t.ok(played.settle() >= 1)
      t.same(played.rows(promise), ['community breached', 'street running'])
      t.equal(played.settle(), 0, 'and does it once')
    },
  )
}

t.test('a unit’s own promise has the same edges', async (t) => {
  for (const [sinceDueMs, row] of [
    [-1, 'unit met'],
    [0, 'unit met'],
    [1, 'unit breached fulfilled'],
  ] as const) {
    const played = playCase()
    played.at(minute).act('whistle', 'community')
    played.at(minute + 6 * hour + sinceDueMs).act('arrive', 'responder')
    t.equal(played.rows('on_site').at(-1), row, `${sinceDueMs} ms after it was due`)
    t.equal(played.rows('on_site')[0], 'community met', 'the area’s own has time left')
  }
})

t.test('a deadline that was kept can never be breached afterwards, nor kept twice', async (t) => {
  const played = playCase().at(hour)
  played.act('feedback', 'community')
  const [met] = played.incident.deadlines.filter((row) => row.promise === 'feedback')
  played.at(2 * hour).act('feedback', 'community')
  played.settle()
  t.same(
    played.incident.deadlines.filter((row) => row.promise === 'feedback'),
    [met],
  )
})

t.test('a breached deadline is fulfilled once, by the first that keeps its promise', async (t) => {
  const played = playCase().at(2 * hour)
  played.act('feedback', 'community')
  const fulfilledAt = () => played.incident.deadlines.find((row) => row.promise === 'feedback')?.fulfilledAt
  t.equal(fulfilledAt(), receipt + 2 * hour)
  played.at(3 * hour).act('feedback', 'community')
  t.equal(fulfilledAt(), receipt + 2 * hour)
})

t.test('what ran out is breached in the order in which it ran out', async (t) => {
  const played = playCase().at(9 * hour)
  played.settle()
  t.same(
    breachesOf(played).map(({ promise, lagMs }) => [promise, lagMs]),
    [
      ['report', 9 * hour - 10 * minute],
      ['feedback', 8 * hour],
      ['on_site', hour],
    ],
  )
})

t.test('a breach records how late it was found, and who was accountable', async (t) => {
  const played = playCase().at(10 * minute + 1_500)
  played.settle()
  t.same(breachesOf(played), [
    {
      deadlineNo: 1,
      promise: 'report',
      rung: 'community',
      accountable: { kind: 'area', code: '420202007003' },
      startedAt: receipt,
      dueAt: receipt + 10 * minute,
      lagMs: 1_500,
      outcome: 'escalated',
    },
  ])
  const event = played.events.at(-1)
  t.equal(event?.actor, null, 'a clock is nobody')
  t.equal(event?.at, receipt + 10 * minute + 1_500)
})

t.test(
  'an event stands at the deciding instant, beside when the request came and when the phone says it was',
  async (t) => {
    const played = playCase().at(5_000)
    played.act('feedback', 'community', { queuedMs: 1_200 })
    const event: IncidentEvent | undefined = played.events.at(-1)
    t.match(event, {
      type: 'feedback_given',
      at: receipt + 5_000,
      requestedAt: receipt + 3_800,
      occurredAt: null,
    })
  },
)
