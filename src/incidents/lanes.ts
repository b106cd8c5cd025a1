/**
 * Who has what, and who comes next. Something goes by a name, an incident's id or a request's key, and whoever needs it
 * stands in its lane: the first one has it, the others follow in the order in which they came. Nobody can wait in a circle,
 * because everybody enters all of their lanes at once.
 */
export interface Lanes<Entry> {
  /** How many stand in the longest of these lanes. */
  longest(names: readonly string[]): number
  enter(names: readonly string[], entry: Entry): void
  /** Whether nobody stands before the entry in any of its lanes. */
  isFirst(names: readonly string[], entry: Entry): boolean
  leave(names: readonly string[], entry: Entry): void
}

export function createLanes<Entry>(): Lanes<Entry> {
  /** What nobody needs has no lane. */
  const lanes = new Map<string, Entry[]>()
  return {
    longest: (names) => Math.max(0, ...names.map((name) => lanes.get(name)?.length ?? 0)),
    enter(names, entry) {
      for (const name of names) {
        const lane = lanes.get(name)
        if (lane === undefined) lanes.set(name, [entry])
        else lane.push(entry)
      }
    },
    isFirst: (names, entry) => names.every((name) => lanes.get(name)?.[0] === entry),
    leave(names, entry) {
      for (const name of names) {
        const left = lanes.get(name)?.filter((each) => each !== entry) ?? []
        if (left.length === 0) lanes.delete(name)
        else lanes.set(name, left)
      }
    },
  }
}
