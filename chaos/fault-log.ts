import type { PlannedFault } from './fault-kinds.ts'

/** What became of a fault. Times are the true clock's, in ms since 1970. */
export interface FaultRecord extends PlannedFault {
  readonly from: number
  /** When it was lifted and whatever it had brought down was up again; null while it lasts. */
  until: number | null
  /** Why it could not be done; null where it was. */
  missed: string | null
  /** What did not recover from it by itself; null where all did. */
  stuck: string | null
}

export interface FaultLog {
  readonly records: readonly FaultRecord[]
  begin(fault: PlannedFault): FaultRecord
}

export function createFaultLog(): FaultLog {
  const records: FaultRecord[] = []
  return {
    records,
    begin(fault) {
      const record: FaultRecord = { ...fault, from: Date.now(), until: null, missed: null, stuck: null }
      records.push(record)
      return record
    },
  }
}
