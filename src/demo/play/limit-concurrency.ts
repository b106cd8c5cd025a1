/**
 * Lets at most so many tasks run at a time; the others wait in the order of their coming.
 *
 * @returns a function that runs a task when its turn comes
 */
export function limitConcurrency(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      // Whoever waits takes over this turn, so the count stays.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
