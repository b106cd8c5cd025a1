import { createRandom } from '../seeded-random.ts'

/** Choices that a seed repeats. */
export interface Choices {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  /** One of a list that is not empty. */
  pick<Item>(items: readonly Item[]): Item
  /** True in `share` of the cases. */
  chance(share: number): boolean
  shuffled<Item>(items: readonly Item[]): Item[]
}

/** The same seed makes the same choices on every machine. */
export function createChoices(seed: number): Choices {
  const { next } = createRandom(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('There is nothing to choose from')
      return item
    },
    chance: (share) => next() < share,
    shuffled: (items) =>
      items
        .map((item) => ({ item, rank: next() }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ item }) => item),
  }
}
