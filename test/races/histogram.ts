/** Everything farther away than this stands in the first or the last line. */
const edgeMs = 10
const barMax = 40

/** How many of these offsets are how many milliseconds, as lines with bars. */
export function histogram(offsets: readonly number[]): string {
  const counts = new Map<number, number>()
  for (const ms of offsets) {
    const bin = Math.max(-edgeMs, Math.min(edgeMs, ms))
    counts.set(bin, (counts.get(bin) ?? 0) + 1)
  }
  const most = Math.max(...counts.values())
  return Array.from({ length: 1 + 2 * edgeMs }, (_, index) => {
    const ms = index - edgeMs
    const count = counts.get(ms) ?? 0
    const name = Math.abs(ms) < edgeMs ? String(ms) : ms < 0 ? `≤ ${ms}` : `≥ ${ms}`
    return `${name.padStart(6)} ms ${String(count).padStart(6)} ${'█'.repeat(Math.round((barMax * count) / most))}`
  }).join('\n')
}
