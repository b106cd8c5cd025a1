import { cpus, totalmem } from 'node:os'
import type { Verdict } from './checks/check-everything.ts'
import type { LatenessClass } from './checks/lateness.ts'
import { type FaultKind, faultKinds } from './fault-kinds.ts'
import type { FaultRecord } from './fault-log.ts'
import type { Schedule } from './fault-schedule.ts'
import type { Ledger } from './ledger.ts'

export interface FaultCount {
  readonly kind: FaultKind
  readonly done: number
  readonly missed: number
}

/** What a run was and found, as it is printed and written. */
export interface ChaosResult {
  readonly seed: string
  readonly minutes: number
  readonly digest: string
  readonly startedAt: string
  readonly machine: Readonly<Record<string, string | number>>
  /** kill -9 that found their victim alive, by victim. */
  readonly kills: Readonly<Record<string, number>>
  readonly faults: readonly FaultCount[]
  /** Why a fault could not be done, with the number of times. */
  readonly missed: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<'acknowledged' | 'refused' | 'retried' | 'unanswered', number>>
  readonly verdict: Verdict
}

export function chaosResult(options: {
  schedule: Schedule
  startedAt: number
  versions: Readonly<Record<string, string>>
  faults: readonly FaultRecord[]
  ledger: Ledger
  verdict: Verdict
}): ChaosResult {
  const { schedule, startedAt, versions, faults, ledger, verdict } = options
  const done = faults.filter(({ missed }) => missed === null)
  const kinds = [...new Set(faults.map(({ kind }) => kind))]
  return {
    seed: schedule.seed,
    minutes: schedule.minutes,
    digest: schedule.digest,
    startedAt: new Date(startedAt).toISOString(),
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      ...versions,
    },
    kills: countBy(
      done.filter(({ kind }) => isKill(kind)),
      ({ target }) => target,
    ),
    faults: Object.keys(faultKinds).flatMap((name) => {
      const kind = kinds.find((each) => each === name)
      if (kind === undefined) return []
      const all = faults.filter((fault) => fault.kind === kind)
      const missed = all.filter((fault) => fault.missed !== null).length
      return [{ kind, done: all.length - missed, missed }]
    }),
    missed: countBy(
      faults.filter(({ missed }) => missed !== null),
      ({ kind, missed }) => `${kind}: ${missed}`,
    ),
    requests: {
      acknowledged: ledger.acknowledged,
      refused: ledger.refusals,
      retried: ledger.retries,
      unanswered: ledger.unanswered,
    },
    verdict,
  }
}

export function isKill(kind: FaultKind): boolean {
  return kind === 'kill' || kind === 'kill_at_commit'
}

function countBy<T>(list: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of list) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1
  return counts
}

export const latenessClasses = {
  quiet: { zh: '无相关故障', en: 'nothing that concerns deadlines' },
  worker_killed: { zh: '时限进程被强杀', en: 'a deadline worker killed' },
  tickless: { zh: 'Redis 失效或可能无节拍', en: 'Redis gone, or ticks that may be missing' },
  lock_held: { zh: '进程暂停、半开或缓慢而占锁', en: 'a stopped, silent or slow process may hold locks' },
  machine_busy: { zh: '本机处理器饱和，不作评判', en: 'no processor to be had: not judged' },
  session_frozen: { zh: '数据库会话被暂停', en: 'a session of Postgres stands still' },
} as const satisfies Record<LatenessClass, { zh: string; en: string }>
