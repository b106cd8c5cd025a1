import { setTimeout as pause } from 'node:timers/promises'
import type { Drain } from './drain-overdue.ts'

/** Ticks come each second; one stays awake until shortly before the next, so that they do not pile up. */
const awakeMs = 950
/**
 * Between two claims of one tick at least this much passes: what falls due meanwhile is claimed together. With 10,000 due in a
 * second that makes batches of some 500 instead of 10,000 transactions.
 */
const claimPauseMs = 50

export interface TickDependencies {
  readonly drain: Drain
  /** Calls others to help with a backlog. */
  readonly fanOut: () => void
}

/**
 * One tick: claims until nothing is due, then sleeps from due time to due time for the rest of its second.
 */
export async function runTick({ drain, fanOut }: TickDependencies, signal: AbortSignal): Promise<void> {
  const endAt = performance.now() + awakeMs
  let helpCalled = false
  const onBacklog = (): void => {
    if (!helpCalled) fanOut()
    helpCalled = true
  }
  for (;;) {
    const outcome = await drain({ signal, endAt, onBacklog })
    const leftMs = endAt - performance.now()
    if (outcome.end !== 'empty' || signal.aborted || leftMs < claimPauseMs) return
    const { dueInMs } = outcome
    if (dueInMs === undefined || dueInMs > leftMs) return
    // A deadline is overdue one millisecond after its due time: that itself is still in time.
    const sleepMs = Math.max(dueInMs + 1, claimPauseMs)
    await pause(sleepMs, undefined, { signal }).catch(() => undefined)
  }
}
