import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import type { FaultWindows } from './fault-windows.ts'
import { addFinding, type Findings, noFindings } from './findings.ts'
import { longestOutside, overlapping, type Span } from './windows.ts'

/** What was going on while a deadline was overdue, and how long it may take then (issue: 3 s, and 6 s without Redis). */
const limitsMs = {
  /** Nothing that would concern deadlines. */
  quiet: 3_000,
  /** A worker was killed: the other one has its work. */
  worker_killed: 3_000,
  /** Without Redis, or with ticks that may be missing. */
  tickless: 6_000,
  /** A stopped or unreachable process may hold a lock for 2 s, and a slow one for as long as it takes. */
  lock_held: 10_000,
  /** A session of Postgres that stands still holds its locks for as long as it does. */
  session_frozen: Number.POSITIVE_INFINITY,
  /** Every processor taken by others, in a test of the whole project for instance: no time means anything then. */
  machine_busy: Number.POSITIVE_INFINITY,
} as const

export type LatenessClass = keyof typeof limitsMs

export interface ClassLateness {
  readonly limitMs: number
  readonly breaches: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly late: number
}

export interface Lateness {
  readonly classes: Readonly<Record<LatenessClass, ClassLateness>>
  /** Breaches that had to wait, for some of the time, until anybody could settle anything at all. */
  readonly excused: number
  readonly late: Findings
}

const pageRows = 20_000

/**
 * Measures how late every breach was found, by the longest time without a break in which somebody could have found it.
 *
 * @param setAside cases that faults have had for themselves
 */
export async function measureLateness(
  db: Kysely<Database>,
  windows: FaultWindows,
  setAside: ReadonlySet<string>,
): Promise<Lateness> {
  const lags: Record<LatenessClass, number[]> = {
    quiet: [],
    worker_killed: [],
    tickless: [],
    lock_held: [],
    session_frozen: [],
    machine_busy: [],
  }
  const late = noFindings()
  let excused = 0
  for await (const { incident_id, deadline_no, due_at, detected_at } of overdueSpans(db)) {
    if (setAside.has(incident_id)) continue
    const overdue: Span = { from: due_at, until: detected_at }
    const waited = longestOutside(overdue, windows.nobody)
    const lagMs = Math.round(waited.until - waited.from)
    if (lagMs < detected_at - due_at) excused += 1
    const kind = classOf(waited, windows)
    lags[kind].push(lagMs)
    if (lagMs > limitsMs[kind])
      addFinding(
        late,
        `${incident_id} deadline ${deadline_no}, due ${new Date(due_at).toISOString()}: ${lagMs} ms, ${kind}`,
      )
  }
  const summary = (kind: LatenessClass): ClassLateness => summarize(lags[kind], limitsMs[kind])
  return {
    classes: {
      quiet: summary('quiet'),
      worker_killed: summary('worker_killed'),
      tickless: summary('tickless'),
      lock_held: summary('lock_held'),
      session_frozen: summary('session_frozen'),
      machine_busy: summary('machine_busy'),
    },
    excused,
    late,
  }
}

function classOf(waited: Span, windows: FaultWindows): LatenessClass {
  const during = (spans: readonly Span[]): boolean => overlapping(spans, waited).length > 0
  if (during(windows.busy)) return 'machine_busy'
  if (during(windows.frozen)) return 'session_frozen'
  if (during(windows.held)) return 'lock_held'
  if (during(windows.tickless)) return 'tickless'
  return during(windows.killed) ? 'worker_killed' : 'quiet'
}

function summarize(lags: number[], limitMs: number): ClassLateness {
  lags.sort((a, b) => a - b)
  const quantile = (share: number): number =>
    lags[Math.min(lags.length - 1, Math.floor(lags.length * share))] ?? 0
  return {
    limitMs,
    breaches: lags.length,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    maxMs: lags.at(-1) ?? 0,
    late: lags.filter((lag) => lag > limitMs).length,
  }
}

async function* overdueSpans(db: Kysely<Database>): AsyncGenerator<{
  incident_id: string
  deadline_no: number
  due_at: number
  detected_at: number
}> {
  let after = { incident_id: '00000000-0000-0000-0000-000000000000', deadline_no: 0 }
  for (;;) {
    const rows = await db
      .selectFrom('breaches')
      .select(['incident_id', 'deadline_no', 'due_at', 'detected_at'])
      .where(
        sql<boolean>`(incident_id, deadline_no) > (${after.incident_id}::uuid, ${after.deadline_no}::smallint)`,
      )
      .orderBy('incident_id')
      .orderBy('deadline_no')
      .limit(pageRows)
      .execute()
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last
  }
}
