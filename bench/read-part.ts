import type { RunContext } from './run-context.ts'

/** What auditors and desks read. */
export async function measureReadPart({ measurements }: RunContext): Promise<void> {
  measurements.note('reads: not measured yet')
}
