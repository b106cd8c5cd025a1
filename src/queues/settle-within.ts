import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits for a promise, but no longer than `limitMs`. True when it was fulfilled in time; its rejection is passed on.
 * A promise that comes too late is left alone, and its rejection is swallowed.
 */
export async function settleWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const timer = new AbortController()
  promise.catch(() => undefined)
  try {
    return await Promise.race([
      promise.then(() => true),
      pause(limitMs, false, { signal: timer.signal }).catch(() => false),
    ])
  } finally {
    timer.abort()
  }
}
