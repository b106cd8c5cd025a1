import { setTimeout as pause } from 'node:timers/promises'

/**
 * Asks again and again until the answer is yes, for tests of real wiring, where nothing tells when it has happened.
 *
 * @returns the milliseconds that it took, or Infinity where `limitMs` went by without a yes
 */
export async function eventually(ask: () => Promise<boolean> | boolean, limitMs: number): Promise<number> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < limitMs) {
    if (await ask()) return performance.now() - startedAt
    await pause(20)
  }
  return Number.POSITIVE_INFINITY
}
