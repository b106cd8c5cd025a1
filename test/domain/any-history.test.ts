import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { AreaKind } from '../../src/domain/area.ts'
import { isLive } from '../../src/domain/deadline.ts'
import { commandEvents, counterpartEvents, timerEvents } from '../../src/domain/event.ts'
import { transitions } from '../../src/domain/transitions.ts'
import { parseIncidentEvent } from '../../src/incidents/event-schema.ts'
import { huangshi } from '../support/world-areas.ts'
import { commandIn, history, type Step } from './any-steps.ts'
import { faultsOf } from './incident-faults.ts'
import { elderCase, elderReportId, mergeInto, spreadAnswer, undoMerge } from './merged-cases.ts'
import { type PlayedCase, playCase, reportId } from './played-case.ts'
import { hour, onLadder, place, places, policy, receipt } from './played-facts.ts'

/** Under another street, and of another community than before. */
const elsewhere: Partial<Record<AreaKind, string>> = { street: '420202999000', community: huangshi.neighbour }
const movedGrid = place(
  places.grid.path.map((node) => ({ ...node, code: elsewhere[node.kind] ?? node.code })),
  8,
)

const policies = [
  policy,
  onLadder('grid', 'community', 'street', 'district', 'city'),
  onLadder('community', 'district'),
  onLadder('street'),
  { ...policy, unitMinimumMs: 0, unitLimitMs: 1, returnsMax: 0, reopeningsMax: 0 },
]

const everyType = [
  ...new Set<string>([
    ...Object.values(commandEvents),
    ...counterpartEvents,
    ...timerEvents,
    'deadline_breached',
  ]),
]

/** Chance seldom merges a case whose reporter was answered too late: each run takes such a history, too. */
const answeredLate = (['wake', 'merge', 'feedback'] as const).map(
  (what): Step => ({
    pauseMs: what === 'wake' ? 2 * hour : 1,
    on: what === 'feedback' ? 'elder' : 'younger',
    do: what,
    by: 'district',
    queuedMs: 0,
    choice: 0,
  }),
)

/** Two cases, of which the younger may be merged into the elder, on one clock. */
interface Pair {
  readonly younger: PlayedCase
  readonly elder: PlayedCase
}

t.test(
  'after any history of commands, merges, clocks and moved areas, everything about both cases adds up',
  async (t) => {
    const reached = new Map<string, number>()
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc.constantFrom('grid', 'innerGrid', 'community', 'street'),
        fc.constantFrom('grid', 'street'),
        history,
        (pinned, where, admittedFrom, steps) => {
          const options = { policy: pinned, place: places[where], admittedFrom } as const
          const pair: Pair = { younger: playCase(options), elder: elderCase(options) }
          let now = 0
          let trusted = true
          for (const step of steps) {
            now += step.pauseMs
            const before = { younger: pair.younger.incident, elder: pair.elder.incident }
            for (const played of [pair.younger, pair.elder]) played.at(now)
            trusted = step.do === 'distrust' ? false : step.do === 'trust' ? true : trusted
            const aheadMs = step.do === 'trust' && step.choice % 2 > 0 ? 5_001 + (step.choice % hour) : 0
            if (aheadMs > 0) now += aheadMs
            const jumps = aheadMs > 0 ? [{ from: null, to: receipt + now, byMs: aheadMs }] : []
            for (const played of [pair.younger, pair.elder]) played.at(now).trust(trusted, ...jumps)
            if (step.do === 'move' && where === 'grid') pair[step.on].moveTo(movedGrid)
            take(pair, step, receipt + now)
            for (const name of ['younger', 'elder'] as const) {
              const { incident, events } = pair[name]
              const faults = faultsOf(incident, events, -Infinity)
              if (faults.length > 0) throw new Error(`${name}: ${faults.join('; ')}`)
              checkVerdicts(before[name], pair[name])
            }
          }
          for (const played of [pair.younger, pair.elder]) {
            played.trust(true).settle()
            const faults = faultsOf(played.incident, played.events, receipt + now)
            if (faults.length > 0) throw new Error(faults.join('; '))
            if (played.settle() !== 0) throw new Error('something overdue was left')
            for (const event of played.events) {
              if (!isDeepStrictEqual(parseIncidentEvent(JSON.stringify(event)), event))
                throw new Error(`${event.type} is not what was written`)
              reached.set(event.type, (reached.get(event.type) ?? 0) + 1)
            }
          }
        },
      ),
      { numRuns: 400, examples: [[policy, 'community', 'grid', answeredLate]] },
    )
    for (const type of everyType)
      t.ok((reached.get(type) ?? 0) > 0, `the histories reach ${type} ${reached.get(type) ?? 0} times`)
  },
)

/** Lets a step happen, and looks at what it did to the revision. */
function take({ younger, elder }: Pair, step: Step, now: number): void {
  const on = step.on === 'elder' ? elder : younger
  if (step.do === 'wake') on.settle()
  const command = commandIn(step, now, on.incident)
  // The elder one is merged into nothing.
  if (command === undefined || (on === elder && (step.do === 'merge' || step.do === 'unmerge'))) return
  const { revision } = on.incident
  const joined = elder.incident.revision
  const merges = command.type === 'merge' || command.type === 'unmerge'
  const both = merges && on === younger
  const refusal = both
    ? (command.type === 'merge' ? mergeInto : undoMerge)(elder, younger, step.by)
    : on.act(command, step.by, step)
  if (on.incident.revision - revision !== (refusal === null ? 1 : 0))
    throw new Error(`${step.do} raised the revision by ${on.incident.revision - revision}`)
  if (on === younger && elder.incident.revision - joined !== (both && refusal === null ? 1 : 0))
    throw new Error(`${step.do} raised the other one's revision`)
  if (refusal !== null || !transitions[command.type].keeps.includes('feedback')) return
  const own = on === younger ? reportId : elderReportId
  const all = elder.incident.id === younger.incident.mergedInto?.incidentId ? [reportId, own] : [own]
  const answered = { first: own, all: new Set(all) }
  if (on === younger) spreadAnswer(younger, elder, { own: elderReportId, reports: answered }, step.by)
  else spreadAnswer(elder, younger, { own: reportId, reports: answered }, step.by)
}

/** What has been settled stays as it is, for ever. */
function checkVerdicts(before: PlayedCase['incident'], { incident }: PlayedCase): void {
  for (const [index, row] of before.deadlines.entries()) {
    const after = incident.deadlines[index]
    if (isLive(row)) continue
    const same =
      after !== undefined &&
      after.state === row.state &&
      after.settledAt === row.settledAt &&
      after.dueAt === row.dueAt &&
      (row.fulfilledAt === null || after.fulfilledAt === row.fulfilledAt)
    if (!same) throw new Error(`the verdict on deadline ${row.no} has changed`)
  }
}

t.test('whoever settles, and however often, what is overdue comes to the same end', async (t) => {
  const ladder = [huangshi.community, huangshi.street, huangshi.district]
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5 * hour }), { minLength: 1, maxLength: 40 }),
      (pauses) => {
        const played = playCase()
        let now = 0
        for (const pauseMs of pauses) {
          now += pauseMs
          played.at(now).settle()
        }
        for (const promise of ['report', 'feedback', 'on_site'] as const) {
          const rows = played.incident.deadlines.filter((row) => row.promise === promise)
          // Each rung's time runs from the first look after the one below was due, and from nothing else.
          let dueAt = receipt + (policy.limitsMs[promise].community ?? 0)
          for (const [index, row] of rows.entries()) {
            if (row.accountable.code !== ladder[index] || row.dueAt !== dueAt)
              throw new Error(`${promise}: rung ${index}`)
            let look = receipt
            for (const pauseMs of pauses) if (look <= dueAt) look += pauseMs
            if ((row.state === 'breached') !== look > dueAt)
              throw new Error(`${promise}: rung ${index} is ${row.state}`)
            const next = (['street', 'district'] as const)[index]
            dueAt = look + (next === undefined ? 0 : (policy.limitsMs[promise][next] ?? 0))
          }
        }
      },
    ),
    { numRuns: 150 },
  )
  t.pass()
})

t.test('the same commands at the same instants make the same events', async (t) => {
  const [first, second] = [playCase(), playCase()].map((played) => {
    played.at(hour).act('whistle', 'street')
    played.at(9 * hour).act('arrive', 'responder')
    return played.events
  })
  t.same(first, second)
  t.not(first, second)
})
