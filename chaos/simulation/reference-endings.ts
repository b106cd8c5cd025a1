import type { AreaNode } from '../../src/domain/area.ts'
import type { PromiseKind } from '../../src/domain/deadline.ts'
import { carried, end, fallback, isLiving, isMovable, living, takeOver } from './reference-climb.ts'
import type { Ledger, Look, ModelCall } from './reference-ledger.ts'
import { mayBeTakenUp } from './reference-limits.ts'
import { isPausing, promise, reportsOf, tell } from './reference-model.ts'

/** How promises are kept, taken over, ended and given anew. */

/** Keeps promises: what lives is met, what was broken since the case was taken up learns when it was kept after all. */
export function keep(
  ledger: Ledger,
  look: Look,
  promises: readonly PromiseKind[],
  call?: ModelCall,
  owned: 'case' | 'call' = 'case',
): void {
  const no = call === undefined ? null : ledger.calls.indexOf(call) + 1
  const reports = reportsOf(ledger)
  for (const clock of ledger.clocks) {
    const concerned = clock.call === null ? owned === 'case' : clock.call === no
    // Whoever has left with their own case is not spoken to here.
    if (clock.reportId !== null && !reports.includes(clock.reportId)) continue
    if (!concerned || clock.round !== ledger.round || !promises.includes(clock.promise)) continue
    if (isLiving(clock)) {
      end(clock, 'met', null, look)
      clock.distrusted = !look.trusted
    } else if (clock.state === 'breached') clock.fulfilledAt ??= look.at
  }
}

/** What a higher area takes over goes on there as it was. */
export function handTo(ledger: Ledger, look: Look, receiver: AreaNode): void {
  for (const clock of living(ledger).filter((each) => isMovable(each, look, receiver))) {
    tell(ledger, 'handed_over', receiver.code, takeOver(ledger, look, clock, receiver))
  }
}

/** Ends the case: whatever still lives is over. */
export function finishCase(
  ledger: Ledger,
  look: Look,
  reason: 'settled' | 'rejected' | 'resolved' | 'merged',
): void {
  if (reason === 'merged') keep(ledger, look, ['report'])
  for (const clock of living(ledger)) end(clock, 'cancelled', reason, look)
  for (const call of ledger.calls) {
    if (call.endedAt !== null) continue
    call.state = 'ended'
    call.endedAt = look.at
  }
  for (const request of ledger.requests) {
    if (request.state === 'requested') request.state = 'lapsed'
    else if (isPausing(request)) request.state = 'ended'
    else continue
    request.endedAt = look.at
  }
}

/** A case comes back to the area that had ended it, or the first above that may be made to carry it. */
export function takeUpAgain(ledger: Ledger, look: Look): void {
  const { policy, category } = ledger.facts
  const back = look.path.find(({ code }) => code === ledger.endedBy) ?? fallback(policy, look.path)
  ledger.round += 1
  ledger.generation += 1
  ledger.reopenings += 1
  ledger.state = 'reported'
  ledger.endedBy = null
  ledger.endedAt = null
  const area = carried(policy, look.path, category.admittedFrom, back)
  for (const clock of promise(ledger, look, area, ['feedback', 'on_site']))
    tell(ledger, 'taken_up_again', clock.code, clock)
}

/** Whoever says that it did not work takes the case up again. */
export function rate(ledger: Ledger, look: Look, solved: boolean, othersAsked: boolean): void {
  const { policy, districtCode } = ledger.facts
  const here = look.path.some(({ code }) => code === districtCode)
  const again = ledger.reopenings < policy.reopeningsMax && here && mayBeTakenUp(ledger)
  if (!solved && again) takeUpAgain(ledger, look)
  else if (solved && !othersAsked) ledger.state = 'closed'
}
