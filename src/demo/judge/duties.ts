import type { CancelReason } from '../../domain/deadline.ts'
import type { Instant } from '../../domain/instant.ts'
import type { ShownDeadline } from '../play/seen-incident.ts'
import { chainsOf, type VerdictSubject } from './verdict.ts'

/** Who answered for a promise, and from when to when; without an end where they still do. */
export interface Span {
  readonly name: string
  readonly from: Instant
  readonly to: Instant | null
  /** It ran out with them. */
  readonly breached: boolean
  readonly pausedMs: number
}

/** Everybody who answered for one promise, one after another, and what became of it. */
export interface Duty {
  readonly subject: VerdictSubject
  readonly no: number
  readonly spans: readonly Span[]
  readonly end: 'kept' | 'kept_late' | 'unkept' | 'running' | CancelReason
}

/** Reads from an incident's deadlines who was accountable for each promise, and when (责任倒查). */
export function dutiesOf(deadlines: readonly ShownDeadline[]): Duty[] {
  return chainsOf(deadlines).map(({ subject, no, deadlines: chain }) => ({
    subject,
    no,
    spans: chain.map((deadline, index) => ({
      name: deadline.accountable.name,
      from: deadline.startedAt,
      to: chain[index + 1]?.startedAt ?? lastInstant(deadline),
      breached: deadline.state === 'breached',
      pausedMs: deadline.pausedMs - takenOver(chain[index - 1]),
    })),
    end: endOf(chain),
  }))
}

/** How long a clock had stood still when it was handed over: the next one goes on counting from there. */
function takenOver(before: ShownDeadline | undefined): number {
  return before?.cancelReason === 'handed_over' ? before.pausedMs : 0
}

/** Whoever let a promise run out and has nobody above answers for it until it is kept. */
function lastInstant({ state, settledAt, fulfilledAt }: ShownDeadline): Instant | null {
  return state === 'breached' ? fulfilledAt : settledAt
}

function endOf(chain: readonly ShownDeadline[]): Duty['end'] {
  const last = chain.at(-1)
  const late = chain.some(({ state }) => state === 'breached')
  switch (last?.state) {
    case 'met':
      return late ? 'kept_late' : 'kept'
    case 'breached':
      return last.fulfilledAt === null ? 'unkept' : 'kept_late'
    case 'cancelled':
      return last.cancelReason ?? 'running'
    default:
      return 'running'
  }
}
