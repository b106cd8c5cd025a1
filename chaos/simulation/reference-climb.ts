import type { AreaKind, AreaNode } from '../../src/domain/area.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import type { Policy } from '../../src/domain/policy.ts'
import type { Ledger, Look, ModelClock, ModelTaking } from './reference-ledger.ts'

type ClockFacts = Pick<ModelClock, 'promise' | 'kind' | 'code' | 'dueAt'> &
  Partial<
    Pick<ModelClock, 'call' | 'reportId' | 'pausedAt' | 'takings' | 'extendedMs' | 'pausedMs' | 'urges'>
  >

/** Starts a clock in the ledger, now. */
export function begin(ledger: Ledger, look: Look, facts: ClockFacts): ModelClock {
  const clock: ModelClock = {
    call: null,
    reportId: null,
    pausedAt: null,
    takings: [],
    extendedMs: 0,
    pausedMs: 0,
    urges: 0,
    ...facts,
    advancedMs: mostOf(facts.takings ?? []),
    generation: ledger.generation,
    round: ledger.round,
    path: look.path,
    treeVersion: look.treeVersion,
    startedAt: look.at,
    prolongedMs: 0,
    state: facts.pausedAt === undefined || facts.pausedAt === null ? 'running' : 'paused',
    reason: null,
    settledAt: null,
    fulfilledAt: null,
    distrusted: false,
    outcome: null,
  }
  ledger.clocks.push(clock)
  return clock
}

/** Of several merges the one that takes most decides. */
function mostOf(takings: readonly ModelTaking[]): number {
  return takings.reduce((most, { ms }) => (ms > most ? ms : most), 0)
}

/** Other merges than before take from a clock: it is due by as much sooner or later. */
export function takeAs(clock: ModelClock, takings: readonly ModelTaking[]): void {
  const most = mostOf(takings)
  clock.dueAt += clock.advancedMs - most
  clock.advancedMs = most
  clock.takings = takings
}

export function isLiving({ state }: ModelClock): boolean {
  return state === 'running' || state === 'paused'
}

/** The live clocks of some promises, those of calls too. */
export function living({ clocks }: Ledger, promises?: readonly PromiseKind[]): ModelClock[] {
  return clocks.filter((clock) => isLiving(clock) && promises?.includes(clock.promise) !== false)
}

/** Whether whoever answers for a clock stands below an area. A crew belongs to the area that called it. */
export function answersBelow(
  { calls }: Ledger,
  { path }: Look,
  { kind, call }: ModelClock,
  area: AreaNode,
): boolean {
  if (kind !== 'unit') return height(kind) < height(area.kind)
  const caller = path.find(({ code }) => code === calls[(call ?? 0) - 1]?.whistledBy)
  return caller === undefined || height(caller.kind) <= height(area.kind)
}

/** The clocks about which an area can urge whoever is below it: those that live, and those that the top still owes. */
export function urgedFrom(ledger: Ledger, look: Look, area: AreaNode): ModelClock[] {
  return ledger.clocks.filter((clock) => {
    const owed = clock.outcome === 'exhausted' && clock.fulfilledAt === null && clock.round === ledger.round
    return (isLiving(clock) || owed) && answersBelow(ledger, look, clock, area)
  })
}

/** The one live clock of the case's own for somebody on the spot. */
export function ownOnSite(ledger: Ledger): ModelClock | undefined {
  return living(ledger, ['on_site']).find(({ call, reportId }) => call === null && reportId === null)
}

/** How much time really went by between two instants: none of what the clock was set ahead by. */
function elapsed(look: Look, from: number, to: number): number {
  let ms = to - from
  for (const jump of look.setAhead) {
    const [first, last] = [Math.max(from, jump.to - jump.byMs), Math.min(to, jump.to)]
    if (first < last) ms -= last - first
  }
  return ms
}

/** When a clock would be due if it went on now. */
export function dueAtLast(clock: ModelClock, look: Look): number {
  return clock.pausedAt === null ? clock.dueAt : clock.dueAt + elapsed(look, clock.pausedAt, look.at)
}

/** A clock that stands still goes on. */
export function goOn(clock: ModelClock, look: Look, at = look.at): void {
  if (clock.pausedAt === null) return
  const ms = elapsed(look, clock.pausedAt, at)
  clock.dueAt += ms
  clock.pausedMs += ms
  clock.pausedAt = null
  clock.state = 'running'
}

export function end(
  clock: ModelClock,
  state: 'met' | 'breached' | 'cancelled',
  reason: string | null,
  look: Look,
): void {
  // What is handed over while it stands still goes on standing still elsewhere.
  if (reason === 'handed_over') clock.pausedAt = null
  else goOn(clock, look)
  clock.state = state
  clock.reason = reason
  clock.settledAt = look.at
}

/** The rung that a superior raises a case to: one of the ladder, or their own area. */
export function receiverOf(
  { facts: { policy } }: Ledger,
  { path }: Look,
  area: AreaNode,
  rung: AreaKind,
): AreaNode | undefined {
  if (area.kind === rung) return area
  return policy.ladder.includes(rung) ? path.findLast(({ kind }) => kind === rung) : undefined
}

/** Ends a clock that somebody else goes on with: due as before, and with all that was done to it. */
export function takeOver(ledger: Ledger, look: Look, clock: ModelClock, receiver: AreaNode): ModelClock {
  const { promise, dueAt, pausedAt, reportId, takings, extendedMs, pausedMs, urges, call } = clock
  end(clock, 'cancelled', 'handed_over', look)
  const { kind, code } = receiver
  const owed = { promise, dueAt, reportId, call, kind, code }
  return begin(ledger, look, { ...owed, pausedAt, takings, extendedMs, pausedMs, urges })
}

/** Whether a clock goes to whoever takes the case over. What ran out while nothing may be breached stays where it did. */
export function isMovable(clock: ModelClock, look: Look, receiver: AreaNode): boolean {
  const late = clock.state === 'running' && clock.dueAt < look.at
  return clock.call === null && !late && height(clock.kind) < height(receiver.kind)
}

/** Gives back the time that the clock has taken by being set ahead. */
export function giveBackTime(clock: ModelClock, look: Look): boolean {
  const lostMs = look.setAhead.reduce((sum, { to, byMs }) => sum + (clock.startedAt < to ? byMs : 0), 0)
  const moreMs = lostMs - clock.prolongedMs
  clock.dueAt += moreMs
  clock.prolongedMs = lostMs
  return moreMs > 0
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

/** The first rung that may be made to carry such a case; where none may, the first rung. */
export function admitted(policy: Policy, path: readonly AreaNode[], from: AreaKind): AreaNode {
  const rungs = path.filter(({ kind }) => policy.ladder.includes(kind) && height(kind) >= height(from))
  return rungs.at(-1) ?? fallback(policy, path)
}

/** Where something goes on that an area would have: higher, where that one may not be made to carry such a case. */
export function carried(policy: Policy, path: readonly AreaNode[], from: AreaKind, area: AreaNode): AreaNode {
  if (height(area.kind) >= height(from)) return area
  const above = path.filter(({ kind }) => policy.ladder.includes(kind) && height(kind) >= height(from))
  return above.at(-1) ?? highest(area, atOrAbove(policy, path, path.length - 1))
}

function highest(area: AreaNode, other: AreaNode | undefined): AreaNode {
  return other !== undefined && height(other.kind) > height(area.kind) ? other : area
}

export function limitAt(policy: Policy, promise: PromiseKind, kind: AreaKind): number {
  const limits = policy.limitsMs[promise]
  const top = kindsUpward.findLast((each) => policy.ladder.includes(each)) ?? kind
  const limit = limits[kind] ?? limits[top]
  if (limit === undefined) throw new Error(`There is no limit for ${promise}`)
  return limit
}
