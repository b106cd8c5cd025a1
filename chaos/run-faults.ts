import { setTimeout as wait } from 'node:timers/promises'
import type { FaultDependencies } from './fault-dependencies.ts'
import type { FaultLog } from './fault-log.ts'
import type { Schedule } from './fault-schedule.ts'
import { injectFault } from './inject-fault.ts'

/** Does every fault of a plan at its time; resolves once the last one is lifted. */
export async function runFaults(
  { faults, minutes }: Schedule,
  dependencies: FaultDependencies,
  log: FaultLog,
): Promise<void> {
  const { signal } = dependencies
  const startedAt = performance.now()
  const until = async (atMs: number): Promise<void> => {
    const leftMs = atMs - (performance.now() - startedAt)
    await wait(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined)
  }
  const running: Promise<void>[] = []
  for (const fault of faults) {
    await until(fault.atMs)
    if (signal.aborted) break
    running.push(injectFault(dependencies, log.begin(fault)))
  }
  await until(minutes * 60_000)
  await Promise.all(running)
}
