/**
 * What is made once for each key and kept. Of more than so many keys all are forgotten and made again, so that no list of
 * names, however long, is held in memory as a whole.
 */
export function remembered<Key, Value>(keysMax: number, make: (key: Key) => Value): Remembered<Key, Value> {
  const kept = new Map<Key, Value>()
  return {
    has: (key) => kept.has(key),
    get(key) {
      const known = kept.get(key)
      if (known !== undefined) return known
      if (kept.size >= keysMax) kept.clear()
      const made = make(key)
      kept.set(key, made)
      return made
    },
  }
}

export interface Remembered<Key, Value> {
  has(key: Key): boolean
  get(key: Key): Value
}
