import type { Wording } from '../wording/wording.ts'

/** What is wrong with one line of a file, or with the file as a whole where there is no line. */
export interface FileFault {
  readonly line: number | null
  readonly column?: string
  readonly detail: Wording
}

/** More faults than this help nobody to repair a file. */
const faultsShownMax = 100

/** Why a change is refused: for what it says, or for what is under way in the areas that it would move. */
export type RejectionReason = 'change_refused' | 'open_incidents'

/** A file of which nothing was stored, because at least one of its lines is wrong. */
export class RejectedFile extends Error {
  readonly reason: RejectionReason
  /** The first faults, in the order of their lines. */
  readonly faults: readonly FileFault[]
  /** How many faults there are in all. */
  readonly faultCount: number

  constructor(faults: readonly FileFault[], reason: RejectionReason = 'change_refused') {
    const inOrder = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, faultsShownMax)
    super(`Nothing was imported: ${inOrder.map(describe).join('; ')}`)
    this.name = 'RejectedFile'
    this.reason = reason
    this.faults = inOrder
    this.faultCount = faults.length
  }
}

function describe({ line, column, detail }: FileFault): string {
  return [line === null ? '' : `line ${line}: `, column === undefined ? '' : `${column}: `, detail.en].join(
    '',
  )
}
