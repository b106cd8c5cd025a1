import { type Ledger, ledgerKey } from '../ledger.ts'
import type { History, HistoryEvent, Promised } from './read-histories.ts'

/** Which events keep which promise (docs/domain.md, The life of an incident). */
const keeps: Readonly<Record<string, readonly Promised[]>> = {
  reported_up: ['report'],
  whistle_blown: ['report'],
  handed_down: ['report'],
  merged: ['report'],
  arrived: ['report', 'on_site'],
  feedback_given: ['feedback'],
  settled: ['report', 'feedback'],
  rejected: ['report', 'feedback'],
  resolved: ['feedback'],
}

/** A clock that is off by less than this is not one that a fault has moved: writing takes its time too. */
const movedMs = 60_000

/** When clients got the answers that name an event, by the true clock. */
export type AnsweredAt = ReadonlyMap<string, number>

export function answeredTimes({ entries }: Ledger): AnsweredAt {
  const times = new Map<string, number>()
  for (const entry of entries.values())
    for (const { stream, seq, at } of entry.told) {
      const event = ledgerKey(stream, String(seq))
      times.set(event, Math.min(at, times.get(event) ?? at))
    }
  return times
}

/** A promise that was kept, and when somebody had been told so. */
interface Kept {
  readonly seq: number
  readonly toldAt: number
}

/**
 * Breaches that are none by the true clock: the time had not run out when it was written, or somebody had already been
 * told, before it ran out, that the promise was kept.
 */
export function falseBreaches({ incidentId, events }: History, answeredAt: AnsweredAt): string[] {
  const faults: string[] = []
  const startOf = startsByDeadline(events)
  const kept = new Map<Promised, Kept>()
  const supporting = new Set<string>()
  for (const event of events) {
    const { seq, type, actor, breach, trueAt } = event
    const toldAt = answeredAt.get(ledgerKey(`incident/${incidentId}`, String(seq)))
    for (const { assignee, part } of event.changes.assigned) {
      if (part === 'support') supporting.add(assignee.code)
      else supporting.delete(assignee.code)
    }
    // Who supports arrives for themselves.
    const forOthers = type !== 'arrived' || !supporting.has(actor?.unitCode ?? '')
    if (toldAt !== undefined && forOthers)
      for (const promise of keeps[type] ?? []) kept.set(promise, { seq, toldAt })
    if (breach === undefined || trueAt === null) continue
    const { promise, deadlineNo, dueAt } = breach
    const started = startOf(deadlineNo)
    const skewMs = started?.trueAt == null ? 0 : started.at - started.trueAt
    const trueDueAt = dueAt - (Math.abs(skewMs) > movedMs ? skewMs : 0)
    const name = `${incidentId} event ${seq}, ${promise}`
    if (trueAt <= trueDueAt) faults.push(`${name}: breached ${trueDueAt - trueAt} ms before it was due`)
    const keeping = kept.get(promise)
    // What began later was promised anew, or to somebody else.
    const isKept = keeping !== undefined && keeping.seq >= (started?.seq ?? 0) && keeping.toldAt < trueDueAt
    if (isKept && !isOfAssignment(events, deadlineNo))
      faults.push(
        `${name}: breached, although kept and answered ${trueDueAt - keeping.toldAt} ms before it was due`,
      )
  }
  return faults
}

function isOfAssignment(events: readonly HistoryEvent[], deadlineNo: number): boolean {
  const start = events.flatMap(({ changes }) => changes.started).find(({ no }) => no === deadlineNo)
  return (start?.assignmentNo ?? null) !== null
}

/** The event in which the clock of a deadline was started; what was handed over runs since its first start. */
function startsByDeadline(events: readonly HistoryEvent[]): (no: number) => HistoryEvent | undefined {
  const starts = new Map<number, { event: HistoryEvent; handedFrom: number | null }>()
  for (const event of events)
    for (const { no, handedFrom } of event.changes.started) starts.set(no, { event, handedFrom })
  return (no) => {
    let found = starts.get(no)
    while (found !== undefined && found.handedFrom !== null) found = starts.get(found.handedFrom)
    return found?.event
  }
}
