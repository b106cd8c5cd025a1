import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { isLive } from '../../src/domain/deadline.ts'
import { elderCase, mergeInto, undoMerge } from './merged-cases.ts'
import { type PlayedCase, playCase } from './played-case.ts'
import { call, hour, minute, policy, receipt } from './played-facts.ts'

/** What can move the on-site clocks of a case that others are merged into, and the merges themselves. */
const deeds = [
  'extend',
  'pause',
  'resume',
  'raise',
  'whistle',
  'support',
  'reopen',
  'wait',
  'merge',
  'undo',
] as const

interface Step {
  readonly pauseMs: number
  readonly deed: (typeof deeds)[number]
  /** Which of the others a merge or its undoing is about. */
  readonly other: number
}

/** When the others would be due, in hours after the receipt of all of them: before the survivor, or after it. */
const othersDue = [5, 6, 7, 9, 20] as const
const patient = { ...policy, reliefsMax: 100, reopeningsMax: 100 }

const step = fc.record<Step>({
  pauseMs: fc.oneof(fc.constantFrom(0, 1, minute), fc.integer({ min: 0, max: 3 * hour })),
  deed: fc.oneof(fc.constantFrom(...deeds), fc.constantFrom('merge', 'undo', 'whistle')),
  other: fc.nat({ max: othersDue.length - 1 }),
})

/** One history, and the same without one of the merges. */
interface Played {
  readonly survivor: PlayedCase
  /** What was refused, and what befell each on-site clock; other runs with the same can be compared. */
  readonly befell: readonly unknown[]
  /** When each of them that is live would be due. */
  readonly due: readonly number[]
}

function play(steps: readonly Step[], without: boolean): Played {
  const survivor = elderCase({ policy: patient }).at(minute)
  const others = othersDue.map((hours, index) => {
    const id = `01990000-0000-7000-8000-0000000001${index}0`
    const limitsMs = {
      ...policy.limitsMs,
      on_site: { community: hours * hour, street: hours * hour, district: hours * hour },
    }
    return { id, played: playCase({ id, reportId: id, policy: { ...patient, limitsMs } }) }
  })
  const refused: unknown[] = []
  let now = minute
  const take = ({ deed, other }: Pick<Step, 'deed' | 'other'>): void => {
    for (const { played } of others) played.at(now)
    survivor.at(now).settle()
    // Whoever waits for an answer in vain keeps cases from being merged or taken apart.
    for (const each of [survivor, ...others.map(({ played }) => played)]) each.act('feedback', 'community')
    if (deed === 'merge' || deed === 'undo') {
      if (other === 0 && without) return
      const { id, played } = others[other] ?? others[0] ?? { id: '', played: survivor }
      const reports = { first: id, all: new Set([id]) }
      const code =
        deed === 'merge'
          ? mergeInto(survivor, played, 'community', reports)
          : undoMerge(survivor, played, 'community', reports)
      if (other !== 0) refused.push(code)
    } else refused.push(doTo(survivor, deed, now))
  }
  for (const { pauseMs, ...rest } of steps) {
    now += pauseMs
    take(rest)
  }
  take({ deed: 'undo', other: 0 })
  const rows = survivor.incident.deadlines.filter(({ promise }) => promise === 'on_site')
  return {
    survivor,
    befell: [
      refused,
      rows.map(({ rung, state, startedAt, cancelReason }) => [rung, state, startedAt, cancelReason]),
    ],
    due: rows.filter(isLive).map(({ dueAt }) => dueAt - receipt),
  }
}

function doTo(survivor: PlayedCase, deed: Exclude<Step['deed'], 'merge' | 'undo'>, now: number): unknown {
  const { reliefs } = survivor.incident
  const last = { reliefNo: reliefs.findLast(({ kind }) => kind === 'pause')?.no ?? 1 }
  const ask = (command: Parameters<PlayedCase['act']>[0]) => {
    const holder = survivor.live('on_site')?.rung
    const asked = survivor.act(command, holder === 'street' || holder === 'district' ? holder : 'community')
    return (
      asked ?? survivor.act({ type: 'approve_relief', reliefNo: survivor.incident.reliefs.length }, 'city')
    )
  }
  switch (deed) {
    case 'extend':
      return ask({ type: 'request_extension', promises: ['on_site'], byMs: hour })
    case 'pause':
      return ask({ type: 'request_pause', promises: ['on_site'], until: receipt + now + 2 * hour })
    case 'resume':
      return survivor.act({ type: 'resume', ...last }, 'city')
    case 'raise':
      return survivor.act({ type: 'raise', rung: 'district' }, 'district')
    case 'whistle':
      return survivor.act(call('fire'), 'community')
    case 'support':
      return survivor.act(call(null, 'party'), 'community')
    case 'reopen':
      return survivor.act('settle', 'community') ?? survivor.act('reopen', 'community')
    case 'wait':
      return null
  }
}

t.test('whatever else happens, an undone merge leaves the due times that would be had it never been', (t) => {
  let compared = 0
  let gaveBack = 0
  const history = fc.array(step, { minLength: 4, maxLength: 25 })
  fc.assert(
    fc.property(history, (steps) => {
      // The one whose merge is looked at is merged at some time.
      const told = [...steps, { pauseMs: 0, deed: 'merge' as const, other: 0 }]
      const [merged, never] = [play(told, false), play(told, true)]
      // What broke because of the merge stays broken: that is another history.
      if (!isDeepStrictEqual(merged.befell, never.befell)) return true
      compared += 1
      const back = merged.survivor.events.some(
        ({ type, changes }) => type === 'reports_separated' && changes.advanced,
      )
      if (back && merged.due.length > 0) gaveBack += 1
      return isDeepStrictEqual(merged.due, never.due)
    }),
    { numRuns: 1_000, seed: 4 },
  )
  t.comment(`${compared} histories were compared, ${gaveBack} in which time was given back`)
  t.ok(gaveBack > 200, `${gaveBack} of ${compared}`)
  t.end()
})
