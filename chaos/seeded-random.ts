/** Chance that a seed repeats. */
export interface SeededRandom {
  /** At least 0, less than 1. */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  within(min: number, max: number): number
  pick<T>(list: readonly [T, ...T[]]): T
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
  return {
    next,
    within,
    pick: (list) => list[within(0, list.length - 1)] ?? list[0],
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
