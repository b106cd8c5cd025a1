import type { AreaKind, AreaNode } from '../../src/domain/area.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { CommandType } from '../../src/domain/transitions.ts'

/** Something that was done to an incident and not refused. */
export interface Act {
  readonly type: CommandType | 'receive'
  /** The area in whose name it was done; for a receipt or a reopening the one that the case comes to. */
  readonly area: AreaNode
  /** The area that a handing up or a whistle gives the case to. */
  readonly receiver?: AreaNode
  /** The unit that was whistled. */
  readonly unitCode?: string
}

/** An instant at which somebody, or a waker, looked at the incident. */
export interface Look {
  readonly at: number
  readonly path: readonly AreaNode[]
  readonly treeVersion: number
  /** Whether the clock was trusted. */
  readonly trusted: boolean
  /** When the clock had been set ahead before, and by how much: time that nobody had who was at it then. */
  readonly setAhead: readonly { readonly to: number; readonly byMs: number }[]
  readonly act: Act | null
}

/** One clock of a promise: who answered for it, until when, and how that ended. */
export interface ModelClock {
  readonly kind: AreaKind | 'unit'
  readonly code: string
  readonly generation: number
  readonly path: readonly AreaNode[]
  readonly treeVersion: number
  readonly startedAt: number
  dueAt: number
  /** How much of that was given because the clock had been set ahead. */
  prolongedMs: number
  readonly how: 'promised' | 'escalated' | 'handed_over' | 'whistled'
  /** The area that whistled, where it is a unit's clock. */
  readonly whistledBy: string | null
  state: 'running' | 'met' | 'breached' | 'cancelled'
  reason: string | null
  settledAt: number | null
  fulfilledAt: number | null
  /** Kept while the clock was not trusted, and so in time whatever it showed. */
  distrusted: boolean
  outcome: 'escalated' | 'exhausted' | 'carried' | null
  /** Which look began it, and which one ended it. */
  readonly begunBy: number
  endedBy: number | null
}

/** Everything that became of one promise, oldest first. */
export interface Climb {
  readonly areas: readonly ModelClock[]
  /** The clocks of the units that were whistled; on_site alone has them. */
  readonly units: readonly ModelClock[]
}

/** By which acts each promise is kept. */
const keptBy: Readonly<Record<PromiseKind, readonly string[]>> = {
  report: ['report_up', 'whistle', 'arrive', 'settle', 'reject'],
  feedback: ['feedback', 'settle', 'reject', 'resolve'],
  on_site: ['arrive'],
}
/** What the acts that end a case write beside a promise that was still owed. */
const endedAs: Readonly<Partial<Record<Act['type'], string>>> = {
  settle: 'settled',
  reject: 'rejected',
  resolve: 'resolved',
}

/** Follows one promise through the history from its very beginning. */
export function climbOf(policy: Policy, looks: readonly Look[], promise: PromiseKind): Climb {
  const clocks: ModelClock[] = []
  let generation = 1
  for (const [index, look] of looks.entries()) {
    const { at, path, act } = look

    // Whoever looks settles first: lost time is given back, and what ran out breaks and climbs one rung.
    for (const clock of look.trusted ? clocks : []) {
      if (clock.state !== 'running') continue
      const lostMs = look.setAhead.reduce((sum, { to, byMs }) => sum + (clock.startedAt < to ? byMs : 0), 0)
      clock.dueAt += lostMs - clock.prolongedMs
      clock.prolongedMs = lostMs
      if (clock.dueAt >= at) continue
      end(clock, 'breached', null, at, index)
      const next = clock.kind === 'unit' ? undefined : above(policy, path, clock.kind)
      clock.outcome = clock.kind === 'unit' ? 'carried' : next === undefined ? 'exhausted' : 'escalated'
      if (next === undefined) continue
      const dueAt = at + limitAt(policy, promise, next.kind)
      clocks.push(begin(look, index, { ...next, generation, dueAt, how: 'escalated' }))
    }
    if (act === null) continue

    if (act.type === 'reopen') generation += 1
    if (act.type === 'receive' || (act.type === 'reopen' && promise !== 'report')) {
      const dueAt = at + limitAt(policy, promise, act.area.kind)
      clocks.push(begin(look, index, { ...act.area, generation, dueAt, how: 'promised' }))
    }
    const owed = clocks.filter((clock) => clock.generation === generation)
    if (keptBy[promise].includes(act.type)) {
      for (const clock of owed) {
        if (clock.state === 'running') {
          end(clock, 'met', null, at, index)
          clock.distrusted = !look.trusted
        } else if (clock.state === 'breached') clock.fulfilledAt ??= at
      }
    }
    const reason = endedAs[act.type]
    if (reason !== undefined)
      for (const clock of owed) if (clock.state === 'running') end(clock, 'cancelled', reason, at, index)

    const own = owed.find(({ state, kind }) => state === 'running' && kind !== 'unit')
    const { receiver, unitCode } = act
    // What ran out while nothing may be breached stays with whoever let it run out.
    const hold = own !== undefined && own.dueAt < at
    if (own !== undefined && !hold && receiver !== undefined && height(own.kind) < height(receiver.kind)) {
      end(own, 'cancelled', 'handed_over', at, index)
      clocks.push(begin(look, index, { ...receiver, generation, dueAt: own.dueAt, how: 'handed_over' }))
    }
    if (unitCode !== undefined && promise === 'on_site') {
      const latest = Math.min(at + policy.unitLimitMs, own?.dueAt ?? Number.POSITIVE_INFINITY)
      const dueAt = Math.max(latest, at + policy.unitMinimumMs)
      const unit = { kind: 'unit', code: unitCode, whistledBy: act.area.code } as const
      clocks.push(begin(look, index, { ...unit, generation, dueAt, how: 'whistled' }))
    }
  }
  return {
    areas: clocks.filter(({ kind }) => kind !== 'unit'),
    units: clocks.filter(({ kind }) => kind === 'unit'),
  }
}

function begin(
  { at, path, treeVersion }: Look,
  index: number,
  facts: Pick<ModelClock, 'kind' | 'code' | 'generation' | 'dueAt' | 'how'> & {
    readonly whistledBy?: string
  },
): ModelClock {
  return {
    whistledBy: null,
    prolongedMs: 0,
    distrusted: false,
    ...facts,
    path,
    treeVersion,
    startedAt: at,
    state: 'running',
    reason: null,
    settledAt: null,
    fulfilledAt: null,
    outcome: null,
    begunBy: index,
    endedBy: null,
  }
}

function end(
  clock: ModelClock,
  state: 'met' | 'breached' | 'cancelled',
  reason: string | null,
  at: number,
  index: number,
): void {
  clock.state = state
  clock.reason = reason
  clock.settledAt = at
  clock.endedBy = index
}

const kindsUpward: readonly AreaKind[] = ['grid', 'community', 'street', 'district', 'city']
const heights = { unit: -1, grid: 0, community: 1, street: 2, district: 3, city: 4 } as const

/** How high somebody stands; a unit stands below every area. */
export function height(kind: ModelClock['kind']): number {
  return heights[kind]
}

/** The first rung at a node of a path or on the way up from it. */
export function atOrAbove(policy: Policy, path: readonly AreaNode[], index: number): AreaNode | undefined {
  for (let at = index; at >= 0; at -= 1) {
    const node = path[at]
    if (node !== undefined && policy.ladder.includes(node.kind)) return node
  }
  return undefined
}

/** The first rung on the way up that stands higher than a kind of area. */
export function above(policy: Policy, path: readonly AreaNode[], kind: AreaKind): AreaNode | undefined {
  const higher = kindsUpward.slice(height(kind) + 1).filter((each) => policy.ladder.includes(each))
  for (const each of higher) {
    const node = path.find((candidate) => candidate.kind === each)
    if (node !== undefined) return node
  }
  return undefined
}

/** Who answers where the area that should has left the path: the first rung there, else the place itself. */
export function fallback(policy: Policy, path: readonly AreaNode[]): AreaNode {
  const area = atOrAbove(policy, path, path.length - 1) ?? path.at(-1)
  if (area === undefined) throw new Error('A path has an end')
  return area
}

function limitAt(policy: Policy, promise: PromiseKind, kind: AreaKind): number {
  const limits = policy.limitsMs[promise]
  const top = kindsUpward.findLast((each) => policy.ladder.includes(each)) ?? kind
  const limit = limits[kind] ?? limits[top]
  if (limit === undefined) throw new Error(`There is no limit for ${promise}`)
  return limit
}
