import type { ProgramName } from '../fault-kinds.ts'
import type { FaultRecord } from '../fault-log.ts'
import { both, merged, type Span } from './windows.ts'

/** Every fault as it bears on the promptness of deadlines. */
export interface FaultWindows {
  /** Nobody can settle anything: no database, no worker, no clock to trust, or a machine that stood still. */
  readonly nobody: readonly Span[]
  /** A worker was killed not long ago. */
  readonly killed: readonly Span[]
  /** The queue's ticks may be missing: only the plain loop is certain. */
  readonly tickless: readonly Span[]
  /** Somebody may sit on the lock of a case until the database takes it away. */
  readonly held: readonly Span[]
  /** The machine had far too much to do. */
  readonly busy: readonly Span[]
  /** A session of Postgres itself stands still, and nobody can take its locks away. */
  readonly frozen: readonly Span[]
}

/** The tick is registered again and the queue's users have connected again this long after the queue is back. */
const tickTailMs = 15_000
/** After a clock fault, the guard has to see that the clock is right again. */
const clockTailMs = 10_000
/** What a transaction needs to be tried again after its connection broke. */
const retryTailMs = 2_500
/** A connection that fell silent is given up after this. */
const silenceTailMs = 10_000
/** A taken-over worker's work is done by then. */
const takeoverTailMs = 3_000

const tickKinds = new Set([
  'half_open_redis',
  'slow_redis',
  'cut_redis',
  'redis_flushed',
  'redis_gone',
  'redis_full',
  'redis_evicting',
  'app_clock',
])
const workers = ['deadlines-1', 'deadlines-2'] as const satisfies ProgramName[]

/**
 * Sorts the faults of a run by what they excuse.
 *
 * @param watch.outages when Postgres did not answer the supervisor
 * @param watch.stalls when the machine let even the supervisor wait
 * @param watch.busy when processes waited for a processor nearly all the time
 */
export function faultWindows(
  records: readonly FaultRecord[],
  { outages, stalls, busy }: Readonly<Record<'outages' | 'stalls' | 'busy', readonly Span[]>>,
): FaultWindows {
  const done = records.filter(({ missed }) => missed === null)
  const spans = (which: (record: FaultRecord) => boolean, tailMs: number): Span[] =>
    done.filter(which).map(({ from, until }) => ({ from, until: (until ?? from) + tailMs }))
  const impaired = workers.map((worker) =>
    merged(
      done
        .filter(({ target }) => target === worker)
        .flatMap((record) => {
          const tail = impairedTailMs(record)
          return tail === undefined
            ? []
            : [{ from: record.from, until: (record.until ?? record.from) + tail }]
        }),
    ),
  )
  const isWorker = ({ target }: FaultRecord): boolean => workers.some((worker) => worker === target)
  return {
    nobody: merged([
      ...outages,
      ...stalls,
      ...both(impaired[0] ?? [], impaired[1] ?? []),
      ...spans(({ kind }) => kind === 'database_clock', clockTailMs),
      ...spans(({ kind, target }) => kind === 'stop' && target === 'postgres', retryTailMs),
    ]),
    busy: merged(busy),
    killed: merged(
      spans((record) => isWorker(record) && ['kill', 'kill_at_commit'].includes(record.kind), takeoverTailMs),
    ),
    tickless: merged([
      ...spans(({ kind }) => tickKinds.has(kind), tickTailMs),
      ...spans(({ target }) => target === 'redis', tickTailMs),
    ]),
    held: merged([
      ...spans(({ kind }) => ['stop', 'stop_in_transaction'].includes(kind), retryTailMs),
      ...spans(({ kind }) => ['half_open_postgres', 'slow_postgres'].includes(kind), retryTailMs),
    ]),
    frozen: merged(spans(({ kind, target }) => kind === 'stop' && target === 'backend', retryTailMs)),
  }
}

/** For how long after a fault a worker may still be without use; undefined where the fault does not disable it. */
function impairedTailMs({ kind }: FaultRecord): number | undefined {
  switch (kind) {
    case 'kill':
    case 'kill_at_commit':
      return 0
    case 'stop':
    case 'stop_in_transaction':
    case 'cut_postgres':
    case 'commit_unsent':
    case 'commit_unanswered':
    case 'commit_completed':
      return retryTailMs
    case 'half_open_postgres':
    case 'slow_postgres':
      return silenceTailMs
    default:
      return undefined
  }
}
