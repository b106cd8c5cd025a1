/** Counts the turns of the event loop, so that a test sees what is done within one, on however slow a machine. */
export function countTurns(t: { teardown(fn: () => unknown): void }): { readonly count: number } {
  let count = 0
  let immediate: NodeJS.Immediate | undefined
  const turn = () => {
    count += 1
    immediate = setImmediate(turn)
  }
  turn()
  t.teardown(() => clearImmediate(immediate))
  return {
    get count() {
      return count
    },
  }
}
