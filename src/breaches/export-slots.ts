import { Problem } from '../http/problem.ts'

/**
 * How many files one process makes at a time. Each occupies a connection only while it reads a page, so that even slow
 * readers leave the pool to the others; the bound is for memory, about 2 MB a file.
 */
const exportsMax = 8
/** So many for each caller, so that nobody takes all places alone. */
export const exportsPerActorMax = 2
/** A large file takes a minute or so; there is no use in asking each second. */
const retryAfterSeconds = 10

/** Gives a place to an export and returns what gives it back, which may be called more than once. */
export type TakeExportSlot = (actorId: string) => () => void

/** @returns a function that throws Problem `busy` where all places are taken, or as many as one caller may have. */
export function createExportSlots(): TakeExportSlot {
  const held = new Map<symbol, string>()
  return (actorId) => {
    if ([...held.values()].filter((holder) => holder === actorId).length >= exportsPerActorMax) {
      throw new Problem('busy', { detail: tooManyOfYours, retryAfterSeconds })
    }
    if (held.size >= exportsMax) throw new Problem('busy', { retryAfterSeconds })
    const slot = Symbol('export')
    held.set(slot, actorId)
    return () => held.delete(slot)
  }
}

const tooManyOfYours = {
  zh: `每人同时最多导出 ${exportsPerActorMax} 个文件`,
  en: `At most ${exportsPerActorMax} files at a time for each caller`,
}
