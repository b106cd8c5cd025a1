import { setImmediate as nextTurn } from 'node:timers/promises'
import { inBatches } from './in-batches.ts'

/** What is worked on before everything else in the process has its turn: some ms. */
export const rowsPerTurn = 250

/** Gives a long list out in pieces, and lets whatever waits in the process go first each time: timers, answers, other requests. */
export async function* inTurns<Item>(
  items: readonly Item[],
  perTurn = rowsPerTurn,
): AsyncGenerator<readonly Item[]> {
  for (const batch of inBatches(items, perTurn)) {
    await nextTurn()
    yield batch
  }
}
