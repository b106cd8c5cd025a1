/** Cases that begin together before anything is known of the machine. */
const windowFirst = 8
/** However slow the machine is, some cases go on. */
const windowMin = 2
/** An answer that is this quick lets one more case run, one that is this slow takes some back. */
const quickMs = 200
const slowMs = 400
const shrinkTo = 0.7
/** Slow answers of one congestion count once. */
const shrinkPauseMs = 300

/** Decides how many cases may be in their pressing part at a time. */
export interface Admission {
  /** Resolves when the next case may begin. */
  enter(): Promise<void>
  /** A case has done everything that has to be done in time. */
  leave(): void
  /** How long a write took: what the decision rests on. */
  noteAnswer(ms: number): void
}

/**
 * Lets all cases begin at once where the machine keeps up, which takes a fraction of a second to find out, and as many
 * as it can carry where it does not: an act that is meant to be in time must not wait behind a hundred new reports. The
 * show then takes longer and comes to the same verdicts.
 */
export function createAdmission(now: () => number = () => performance.now()): Admission {
  const waiting: (() => void)[] = []
  let window = windowFirst
  let inside = 0
  let shrunkAt = Number.NEGATIVE_INFINITY

  function admit(): void {
    while (inside < window) {
      const next = waiting.shift()
      if (next === undefined) return
      inside += 1
      next()
    }
  }
  return {
    enter() {
      const admitted = new Promise<void>((resolve) => waiting.push(resolve))
      admit()
      return admitted
    },
    leave() {
      inside -= 1
      admit()
    },
    noteAnswer(ms) {
      if (ms <= quickMs) window += 1
      else if (ms >= slowMs && now() - shrunkAt >= shrinkPauseMs) {
        shrunkAt = now()
        window = Math.max(windowMin, Math.floor(window * shrinkTo))
      }
      admit()
    },
  }
}
