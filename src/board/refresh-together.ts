/**
 * Makes a function that refreshes for everybody who has asked by the time that it begins: whoever asks while it runs waits for
 * the next turn, which sees all that was committed before they asked, and shares it with the others.
 */
export function refreshTogether<Result>(refresh: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> | undefined
  let next: Promise<Result> | undefined

  function begin(): Promise<Result> {
    next = undefined
    const turn = refresh()
    running = turn
    const end = () => {
      if (running === turn) running = undefined
    }
    turn.then(end, end)
    return turn
  }

  return () => {
    if (running === undefined) return begin()
    next ??= running.then(begin, begin)
    return next
  }
}
