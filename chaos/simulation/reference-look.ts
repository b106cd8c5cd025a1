import { finishCall } from './reference-calls.ts'
import {
  above,
  begin,
  end,
  fallback,
  giveBackTime,
  goOn,
  limitAt,
  living,
  takeOver,
} from './reference-climb.ts'
import type { Ledger, Look, ModelCall, ModelClock } from './reference-ledger.ts'
import { clockOfCall, isOpenState, isPausing, tell } from './reference-model.ts'

/** What is put in order whenever somebody looks at a case, before anything else. */

/** Whoever looks settles first, as far as the clock is trusted; then duty goes to whoever stands on the path now. */
export function lookAt(ledger: Ledger, look: Look): void {
  ledger.told = []
  if (look.trusted) settle(ledger, look)
  if (isOpenState(ledger.state)) followTree(ledger, look)
}

/** Lost time is given back, pauses end, what ran out breaks and climbs one rung. */
function settle(ledger: Ledger, look: Look): void {
  const { policy } = ledger.facts
  if (living(ledger).filter((clock) => giveBackTime(clock, look)).length > 0) ledger.events += 1

  for (const request of ledger.requests) {
    if (!isPausing(request) || request.until === null || request.until >= look.at) continue
    for (const clock of living(ledger, request.promises)) goOn(clock, look, request.until)
    request.state = 'ended'
    request.endedAt = look.at
    ledger.events += 1
  }
  if (ledger.state === 'resolved' && look.at > (ledger.endedAt ?? 0) + policy.ratingTimeMs) {
    ledger.state = 'closed'
    ledger.events += 1
  }

  const late = ledger.clocks.filter(({ state, dueAt }) => state === 'running' && dueAt < look.at)
  for (const clock of late.sort((one, other) => one.dueAt - other.dueAt)) {
    end(clock, 'breached', null, look)
    ledger.events += 1
    if (clock.call !== null || clock.kind === 'unit') {
      clock.outcome = 'carried'
      const caller = ledger.calls[(clock.call ?? 0) - 1]?.whistledBy ?? ''
      tell(ledger, 'breached', standInFor(ledger, look, caller).code, clock)
      continue
    }
    const next = above(policy, look.path, clock.kind)
    clock.outcome = next === undefined ? 'exhausted' : 'escalated'
    if (next === undefined) {
      tell(ledger, 'exhausted', standInFor(ledger, look, clock.code).code, clock)
      continue
    }
    tell(ledger, 'breached', next.code, clock)
    const dueAt = look.at + limitAt(policy, clock.promise, next.kind)
    const climbed = begin(ledger, look, { promise: clock.promise, ...next, dueAt, reportId: clock.reportId })
    if (climbed.generation !== clock.generation) throw new Error('Nothing of an earlier generation runs')
  }
}

/** Nobody answers for a case that they cannot see: who is not on its path any more gives way to who stands there instead. */
function followTree(ledger: Ledger, look: Look): void {
  const isHere = (code: string) => look.path.some((node) => node.code === code)
  const calls = ledger.calls.filter(
    (call) =>
      call.endedAt === null && !(isHere(call.whistledBy) && (call.kind === 'unit' || isHere(call.code))),
  )
  const stuck = living(ledger).filter(
    ({ kind, code, state, dueAt }) =>
      kind !== 'unit' && !isHere(code) && (state === 'paused' || dueAt >= look.at),
  )
  if (calls.length + stuck.length === 0) return
  ledger.events += 1
  for (const call of calls) passOn(ledger, look, call)
  for (const clock of stuck) {
    // That of a call which is off has ended with it.
    if (clock.state === 'cancelled') continue
    const receiver = standIn(ledger, look, clock.kind)
    const taken = takeOver(ledger, look, clock, receiver)
    tell(ledger, clock.call === null ? 'handed_over' : 'assigned', receiver.code, taken)
  }
}

/** A call to an area goes on with the next one of its kind, or is off; the area that called is what stands there now. */
function passOn(ledger: Ledger, look: Look, call: ModelCall): void {
  const isHere = (code: string) => look.path.some((node) => node.code === code)
  if (call.kind === 'area' && !isHere(call.code)) {
    const { kind } = clockOfCall(ledger, call)
    const next = look.path.filter((node) => node.kind === kind).at(-1)
    if (next === undefined) {
      finishCall(ledger, look, call, 'withdrawn')
      tell(ledger, 'withdrawn', call.code, clockOfCall(ledger, call))
      return
    }
    call.code = next.code
  }
  call.whistledBy = standInFor(ledger, look, call.whistledBy).code
}

/** Who stands where an area stood: itself while it is here, else by where it answered last. */
export function standInFor(ledger: Ledger, look: Look, gone: string) {
  const here = look.path.find(({ code }) => code === gone)
  if (here !== undefined) return here
  const answered = ledger.clocks.findLast(({ kind, code }) => kind !== 'unit' && code === gone)
  return answered === undefined
    ? fallback(ledger.facts.policy, look.path)
    : standIn(ledger, look, answered.kind)
}

/** Who stands where somebody of a kind stood; the next rung above, where nobody does, and at last the top. */
export function standIn({ facts }: Ledger, look: Look, kind: ModelClock['kind']) {
  const same = look.path.filter((node) => node.kind === kind).at(-1)
  const area = same ?? (kind === 'unit' ? undefined : above(facts.policy, look.path, kind)) ?? look.path[0]
  if (area === undefined) throw new Error('A path has a beginning')
  return area
}
