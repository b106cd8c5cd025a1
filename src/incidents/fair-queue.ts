/** Entries that wait, in as many lines as there are principals. */
export interface FairQueue<Entry> {
  readonly size: number
  /** Puts an entry at the end of its principal's line. */
  add(principal: string, entry: Entry): void
  /** Takes entries in turn: one of each principal, then another one of each, oldest first within a line. */
  take(countMax: number): Entry[]
  /** Takes the newest entry of the longest line. */
  takeFromLongest(): Entry | undefined
  remove(principal: string, entry: Entry): void
}

/** A queue in which nobody waits longer because somebody else sends more. */
export function createFairQueue<Entry>(): FairQueue<Entry> {
  // A map keeps the order in which its keys were set: whose line comes first is next.
  const lines = new Map<string, Entry[]>()
  let size = 0
  return {
    get size() {
      return size
    },
    add(principal, entry) {
      const line = lines.get(principal)
      if (line === undefined) lines.set(principal, [entry])
      else line.push(entry)
      size += 1
    },
    take(countMax) {
      const taken: Entry[] = []
      // A line that is set again while the map is walked through comes once more, after all the others.
      for (const [principal, line] of lines) {
        if (taken.length === countMax) break
        taken.push(...line.splice(0, 1))
        lines.delete(principal)
        if (line.length > 0) lines.set(principal, line)
      }
      size -= taken.length
      return taken
    },
    takeFromLongest() {
      let longest: { principal: string; line: Entry[] } | undefined
      for (const [principal, line] of lines) {
        if (longest === undefined || line.length > longest.line.length) longest = { principal, line }
      }
      const entry = longest?.line.at(-1)
      if (longest !== undefined && entry !== undefined) remove(longest.principal, entry)
      return entry
    },
    remove,
  }

  function remove(principal: string, entry: Entry): void {
    const line = lines.get(principal)
    const at = line?.lastIndexOf(entry) ?? -1
    if (line === undefined || at === -1) return
    line.splice(at, 1)
    size -= 1
    if (line.length === 0) lines.delete(principal)
  }
}
