/** Compares two lists of numbers by the first place in which they differ: below 0 where `a` comes first. */
export function compareInOrder(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
