import { Problem } from './problems/problem.ts'

/** Gives a place to a caller and returns what gives it back, which may be called more than once. */
export type TakeSlot = (callerId: string) => () => void

export interface CallerSlots {
  readonly max: number
  /** Of one caller, so that nobody takes all places alone. */
  readonly perCallerMax: number
  readonly retryAfterSeconds: number
}

/**
 * Places for what only a few may do in a process at a time.
 *
 * @returns a function that throws Problem `busy` where all places are taken, or as many as one caller may have
 */
export function createCallerSlots({ max, perCallerMax, retryAfterSeconds }: CallerSlots): TakeSlot {
  const held = new Map<symbol, string>()
  const tooManyOfYours = {
    zh: `每人同时最多处理 ${perCallerMax} 个文件`,
    en: `At most ${perCallerMax} files at a time for each caller`,
  }
  return (callerId) => {
    if ([...held.values()].filter((holder) => holder === callerId).length >= perCallerMax)
      throw new Problem('busy', { detail: tooManyOfYours, retryAfterSeconds })
    if (held.size >= max) throw new Problem('busy', { retryAfterSeconds })
    const slot = Symbol('slot')
    held.set(slot, callerId)
    return () => held.delete(slot)
  }
}
