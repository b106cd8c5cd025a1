/** Chance that a seed repeats. */
export interface SeededRandom {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  within(min: number, max: number): number
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number
  chance(probability: number): boolean
  /** One of a list, which must not be empty. */
  pick<T>(list: readonly T[]): T
  /** One of a list; each as often as its weight's share of all weights says. */
  weighted<T>(list: readonly (readonly [weight: number, item: T])[]): T
  shuffled<T>(list: readonly T[]): T[]
  /** Each of a list in a random order, then each again: in the long run as often as it stands in the list. */
  bag<T>(list: readonly [T, ...T[]]): () => T
}

/** A small seeded generator (mulberry32). Any text or number is a seed. */
export function createRandom(seed: string | number): SeededRandom {
  let state = stateOf(String(seed))
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const within = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    within,
    below,
    chance: (probability) => next() < probability,
    pick(list) {
      const item = list[below(list.length)]
      if (item === undefined) throw new Error('There is nothing to pick from')
      return item
    },
    weighted(list) {
      let left = next() * list.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, item] of list) {
        left -= weight
        if (left < 0) return item
      }
      throw new Error('Weights must add up to more than nothing')
    },
    shuffled: (list) =>
      list
        .map((item) => ({ item, rank: next() }))
        .sort((one, other) => one.rank - other.rank)
        .map(({ item }) => item),
    bag(list) {
      let left: (typeof list)[number][] = []
      return () => {
        if (left.length === 0) left = [...list]
        const [taken = list[0]] = left.splice(within(0, left.length - 1), 1)
        return taken
      }
    },
  }
}

/** FNV-1a, so that seeds that look alike begin far apart. */
function stateOf(seed: string): number {
  let hash = 0x811c9dc5
  for (const letter of seed) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash
}
