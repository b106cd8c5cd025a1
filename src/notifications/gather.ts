interface Asked<Item, Outcome> {
  readonly item: Item
  resolve(outcome: Outcome): void
  reject(error: unknown): void
}

/**
 * Makes a function that works for many callers at once: one call of `work` is under way, and whatever is asked for meanwhile
 * goes into the next. A lone caller waits for nobody.
 *
 * @param work returns what tells the outcome of each item; it is asked in their order. Where it throws, each caller is told
 */
export function gather<Item, Outcome>(
  work: (items: readonly Item[]) => Promise<(item: Item) => Outcome>,
  batchMax: number,
): (item: Item) => Promise<Outcome> {
  const asked: Asked<Item, Outcome>[] = []
  let isWorking = false

  async function workOff(): Promise<void> {
    isWorking = true
    while (asked.length > 0) {
      const batch = asked.splice(0, batchMax)
      try {
        const outcomeOf = await work(batch.map(({ item }) => item))
        for (const { item, resolve } of batch) resolve(outcomeOf(item))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isWorking = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      asked.push({ item, resolve, reject })
      if (!isWorking) void workOff()
    })
}
