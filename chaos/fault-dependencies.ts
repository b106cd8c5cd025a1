import type { Load } from './load.ts'
import type { PhoneNetwork } from './phone.ts'
import type { SystemUnderTest } from './system-under-test.ts'

export interface FaultDependencies {
  readonly system: SystemUnderTest
  readonly load: Load
  readonly network: PhoneNetwork
  /** Cases of the faults' own, whose lateness is their doing. */
  readonly setAside: Set<string>
  /** What is being disturbed just now: a second fault of the same would lift the first. */
  readonly busy: Set<string>
  readonly signal: AbortSignal
}

/** The fault could not be done; nothing was harmed. */
export class MissedFault extends Error {
  override readonly name = 'MissedFault'
}
