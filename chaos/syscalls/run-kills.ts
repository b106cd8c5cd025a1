import { join } from 'node:path'
import { createRandom } from '../seeded-random.ts'
import type { KillTarget } from './kill-target.ts'
import { type Injection, type KillPoint, killPoints, trace, wasInjected } from './strace.ts'

/** What became of one point. */
export type PointOutcome =
  /** The process ended at the call, and another one did the rest. */
  | 'killed'
  /** The call failed, the process went on and did its work. */
  | 'survived'
  /** The process did its work before it came to that call. */
  | 'not reached'

export interface PointResult {
  readonly target: string
  readonly point: KillPoint
  readonly injection: Injection
  readonly outcome: PointOutcome
  readonly violations: readonly string[]
}

export interface KillOptions {
  readonly targets: readonly KillTarget[]
  /** Takes what strace writes. */
  readonly directory: string
  /** How many points are tried, for each target and injection; all of them where it is undefined. */
  readonly sample: number | undefined
  readonly seed: number
  readonly injections: readonly Injection[]
  readonly log: (line: string) => void
}

/** Kills each target at its calls, one point after the other, and checks everything after each. */
export async function runKills(options: KillOptions): Promise<PointResult[]> {
  const { targets, sample, seed, injections, log } = options
  const choices = createRandom(seed)
  const results: PointResult[] = []
  for (const target of targets) {
    const points = await dryRun(target, options)
    log(`${target.name}: ${points.length} calls of interest`)
    for (const injection of injections) {
      // An error that comes out of a wait or a close is none that a kernel gives.
      const fit = injection === 'SIGKILL' ? points : points.filter(({ call }) => !/^epoll|^close/.test(call))
      for (const point of sample === undefined ? fit : choices.shuffled(fit).slice(0, sample)) {
        const result = await tryPoint(target, point, injection, options)
        results.push(result)
        const told = [result.outcome, ...result.violations].join('; ')
        log(`${target.name}: ${injection} at ${point.call} ${point.nth} (${point.peer}): ${told}`)
      }
    }
  }
  return results
}

/** One run without any fault, whose calls are written down. */
async function dryRun(target: KillTarget, { directory }: KillOptions): Promise<KillPoint[]> {
  const file = join(directory, `syscalls-${target.name}.trace`)
  const child = await target.start()
  try {
    const tracing = await trace(child.pid, file)
    await target.work(() => false)
    await tracing.stop()
    return killPoints(file, child.pid, target.peers)
  } finally {
    await child.stop()
  }
}

async function tryPoint(
  target: KillTarget,
  point: KillPoint,
  injection: Injection,
  { directory }: KillOptions,
): Promise<PointResult> {
  const child = await target.start()
  let died = false
  const ended = child.exited.then(() => {
    died = true
  })
  try {
    const file = join(directory, 'syscalls-point.trace')
    const tracing = await trace(child.pid, file, { point, injection })
    await target.work(() => died)
    await tracing.stop()
    // strace sees the end of a process a little before its parent does.
    const reached = wasInjected(file)
    if (reached && injection === 'SIGKILL') await ended
    if (died) await target.takeOver()
    const outcome = !reached ? 'not reached' : died ? 'killed' : 'survived'
    return { target: target.name, point, injection, outcome, violations: await target.check() }
  } finally {
    await child.stop()
    await ended
  }
}

/** Results as a table: a row for each target, injection and peer. */
export function killTable(results: readonly PointResult[]): string[] {
  const rows = new Map<
    string,
    { points: number; killed: number; survived: number; missed: number; faults: number }
  >()
  for (const { target, injection, point, outcome, violations } of results) {
    const name = `${target.padEnd(10)} ${injection.padEnd(11)} ${point.peer.padEnd(9)}`
    const row = rows.get(name) ?? { points: 0, killed: 0, survived: 0, missed: 0, faults: 0 }
    row.points += 1
    if (outcome === 'killed') row.killed += 1
    else if (outcome === 'survived') row.survived += 1
    else row.missed += 1
    if (violations.length > 0) row.faults += 1
    rows.set(name, row)
  }
  return [
    'target     injection   peer       points  killed  survived  not reached  recovered  violations',
    ...[...rows].map(([name, { points, killed, survived, missed, faults }]) =>
      [
        name,
        String(points).padStart(7),
        String(killed).padStart(7),
        String(survived).padStart(9),
        String(missed).padStart(12),
        String(points - faults).padStart(10),
        String(faults).padStart(11),
      ].join(' '),
    ),
  ]
}
