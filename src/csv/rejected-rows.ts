import type { Wording } from '../wording/wording.ts'

/** What is wrong with one row, by its line, or with all of them together where there is no line. */
export interface RowFault {
  readonly line: number | null
  readonly column?: string
  readonly detail: Wording
}

/** More faults than this help nobody to repair what they sent. */
const faultsShownMax = 100

/** Why a change is refused: for what it says, or for what is under way in the areas that it would move. */
export type RejectionReason = 'change_refused' | 'open_incidents'

/** Rows of a file, of a request or of a plan, none of which was stored, because at least one is wrong. */
export class RejectedRows extends Error {
  readonly reason: RejectionReason
  /** The first faults, in the order of their lines. */
  readonly faults: readonly RowFault[]
  /** How many faults there are in all. */
  readonly faultCount: number

  constructor(faults: readonly RowFault[], reason: RejectionReason = 'change_refused') {
    const inOrder = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, faultsShownMax)
    super(`Nothing was stored: ${inOrder.map(describe).join('; ')}`)
    this.name = 'RejectedRows'
    this.reason = reason
    this.faults = inOrder
    this.faultCount = faults.length
  }
}

function describe({ line, column, detail }: RowFault): string {
  return [line === null ? '' : `line ${line}: `, column === undefined ? '' : `${column}: `, detail.en].join(
    '',
  )
}
