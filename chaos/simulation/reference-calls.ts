import type { AreaNode } from '../../src/domain/area.ts'
import { begin, dueAtLast, end, isLiving, ownOnSite } from './reference-climb.ts'
import { keep } from './reference-endings.ts'
import type { Ledger, Look, ModelCall, ModelClock } from './reference-ledger.ts'
import { clockOfCall, tell } from './reference-model.ts'

/** What happens between an area and whom it has called (派单). */

/** Calls somebody, who has a clock of their own from then on. */
export function callTo(
  ledger: Ledger,
  look: Look,
  area: AreaNode,
  called: Pick<ModelCall, 'kind' | 'code' | 'part'>,
  kind: ModelClock['kind'],
): void {
  const { unitLimitMs, unitMinimumMs } = ledger.facts.policy
  const own = ownOnSite(ledger)
  const latest = own === undefined ? Number.POSITIVE_INFINITY : dueAtLast(own, look)
  const withLatest = (dueAt: number) =>
    Math.max(look.at + unitMinimumMs, Math.min(dueAt, look.at + unitLimitMs))
  const dueAt = withLatest(latest)
  // What the case has less because of a merge, whoever is called may have less, too.
  const alone = own === undefined ? dueAt : withLatest(latest + own.advancedMs)
  const takings = (own?.takings ?? []).map(({ reportId, ms }) => {
    const dueWith = withLatest(latest + (own?.advancedMs ?? 0) - ms)
    return { reportId, ms: alone - dueWith }
  })
  ledger.calls.push({
    ...called,
    whistledBy: area.code,
    assignedAt: look.at,
    state: 'assigned',
    acceptedAt: null,
    arrivedAt: null,
    endedAt: null,
    refused: false,
  })
  const clock = begin(ledger, look, {
    promise: 'on_site',
    kind,
    code: called.code,
    call: ledger.calls.length,
    dueAt,
    takings,
  })
  tell(ledger, 'assigned', called.code, clock)
}

/** Who supports keeps nothing but their own; the lead, or the area's own worker, what the case owes. */
export function arrive(ledger: Ledger, look: Look, call: ModelCall | undefined): void {
  if (call?.part === 'support') keep(ledger, look, ['on_site'], call, 'call')
  else {
    keep(ledger, look, ['report', 'on_site'], call)
    ledger.state = 'on_site'
  }
  if (call === undefined) return
  call.state = 'arrived'
  call.arrivedAt = look.at
  call.acceptedAt ??= look.at
}

/** What somebody who was called does beside arriving. A return is taken back without a word as often as the policy says. */
export function work(ledger: Ledger, look: Look, call: ModelCall, as: 'accept' | 'return' | 'finish'): void {
  if (as === 'accept') {
    call.state = 'accepted'
    call.acceptedAt = look.at
    return
  }
  if (as === 'finish') {
    finishCall(ledger, look, call, 'finished')
    return
  }
  const before = ledger.calls.filter(({ state }) => state === 'returned').length
  if (before < ledger.facts.policy.returnsMax) {
    takeBack(ledger, look, call)
    return
  }
  call.state = 'return_requested'
  const own = clockOfCall(ledger, call)
  tell(ledger, 'return_requested', upFrom(look, call.whistledBy), own)
}

/** The area above says whether a return stands. */
export function rule(ledger: Ledger, look: Look, call: ModelCall, upheld: boolean): void {
  if (upheld) {
    takeBack(ledger, look, call)
    return
  }
  call.state = call.acceptedAt === null ? 'assigned' : 'accepted'
  call.refused = true
  tell(ledger, 'return_refused', call.code, clockOfCall(ledger, call))
}

function takeBack(ledger: Ledger, look: Look, call: ModelCall): void {
  finishCall(ledger, look, call, 'returned')
  tell(ledger, 'returned', call.whistledBy, clockOfCall(ledger, call))
}

export function finishCall(
  ledger: Ledger,
  look: Look,
  call: ModelCall,
  as: 'returned' | 'withdrawn' | 'finished',
): void {
  call.state = as
  call.endedAt = look.at
  const own = clockOfCall(ledger, call)
  if (isLiving(own)) end(own, 'cancelled', as, look)
}

/** The area right above another one on the path as it is; at the top the top itself. */
export function upFrom({ path }: Pick<Look, 'path'>, code: string): string {
  return path[path.findIndex((node) => node.code === code) - 1]?.code ?? code
}
