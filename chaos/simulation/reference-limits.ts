import type { AreaNode } from '../../src/domain/area.ts'
import type { RefusalCode } from '../../src/domain/refusal.ts'
import type { Situated } from './reference-acting.ts'
import { above, isMovable, living, receiverOf, urgedFrom } from './reference-climb.ts'
import type { Ledger, Look } from './reference-ledger.ts'
import { reportsOf } from './reference-model.ts'

/** What one case holds at the most by what people do. */
const most = { calls: 50, joined: 200, generations: 120, urges: 100, clocks: 3_000 } as const

/** Whether a case can be reopened once more. */
export function mayBeTakenUp({ clocks, generation }: Ledger): boolean {
  return generation < most.generations && clocks.length + 2 <= most.clocks
}

/** Why a case cannot hold what somebody asks for, whatever else is to be said against it. */
export function beyondLimits(
  ledger: Ledger,
  look: Look,
  { ask, acting: { area }, beside: { elder } }: Situated,
): RefusalCode[] {
  const { calls, clocks, generation } = ledger
  const clocksOf = (more: number): RefusalCode[] =>
    more > 0 && clocks.length + more > most.clocks ? ['too_many_deadlines'] : []
  switch (ask.type) {
    case 'report_up':
      return clocksOf(moving(ledger, look, above(ledger.facts.policy, look.path, area.kind)))
    case 'raise': {
      const receiver = receiverOf(ledger, look, area, ask.rung)
      return clocksOf(moving(ledger, look, receiver, 'with the report'))
    }
    case 'whistle':
    case 'hand_down': {
      const more = ask.type === 'whistle' ? ask.calls.length : 1
      const tooMany: RefusalCode[] = calls.length + more > most.calls ? ['too_many_assignments'] : []
      return [...tooMany, ...clocksOf(moving(ledger, look, area) + more)]
    }
    case 'reopen':
      return [...(generation < most.generations ? [] : ['too_many_generations' as const]), ...clocksOf(2)]
    case 'urge':
      return urgedFrom(ledger, look, area).some(({ urges }) => urges >= most.urges) ? ['too_many_urges'] : []
    case 'merge': {
      const owed = living(ledger, ['feedback']).length
      const waiting = living(elder, ['feedback']).filter(({ reportId }) => reportId !== null).length
      const onSite = living(ledger, ['on_site']).filter(({ call }) => call === null).length
      const reports = reportsOf(elder).length - 1 + reportsOf(ledger).length
      const full = elder.joined.length >= most.joined || reports > most.joined || waiting + owed > most.joined
      return [
        ...(full ? ['too_many_reports' as const] : []),
        ...(generation < most.generations ? [] : ['too_many_generations' as const]),
        ...(clocks.length + owed + onSite > most.clocks || elder.clocks.length + owed > most.clocks
          ? ['too_many_deadlines' as const]
          : []),
      ]
    }
    default:
      return []
  }
}

/** How many clocks somebody would take over. All but a raise keep the promise to report first. */
function moving(
  ledger: Ledger,
  look: Look,
  receiver: AreaNode | undefined,
  report?: 'with the report',
): number {
  if (receiver === undefined) return 0
  const taken = living(ledger).filter((clock) => isMovable(clock, look, receiver))
  return taken.filter(({ promise }) => promise !== 'report' || report !== undefined).length
}
