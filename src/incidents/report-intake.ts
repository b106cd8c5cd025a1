import { inDecidingTransaction } from '../database/in-transaction.ts'
import { waitMaxMs } from '../database/waiting.ts'
import { databaseOutage } from '../http/problems/database-outage.ts'
import { Problem } from '../http/problems/problem.ts'
import type { WritePathDependencies } from './act-on-incident.ts'
import { createFairQueue } from './fair-queue.ts'
import type { ReportSubmission } from './report-submission.ts'
import { type SubmissionOutcome, submitReports } from './submit-reports.ts'

const intakeLimits = {
  /**
   * Reports of one transaction. More of them make a report only a little cheaper, while all of them wait for the last: what
   * is gained by a larger batch is lost on one that fails.
   */
  batchMax: 64,
  /** About a second's work. What came later would hardly be stored before its time for waiting is over. */
  waitingMax: 2_000,
  waitMaxMs,
}

export interface ReportIntake {
  /**
   * Stores a report together with whatever else has arrived.
   *
   * @throws Problem `busy` where it had to wait too long or too many wait, and whatever the transaction throws. Nothing
   *   was stored then, except where a COMMIT's answer was lost: the report's key tells.
   */
  submit(submission: ReportSubmission): Promise<SubmissionOutcome>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

interface Waiting {
  readonly submission: ReportSubmission
  readonly giveUpAt: number
  readonly timer: NodeJS.Timeout
  resolve(outcome: SubmissionOutcome): void
  reject(error: unknown): void
}

/**
 * Receives reports with one transaction in flight: whatever arrives meanwhile goes into the next one. Under load that
 * saves most of what a report costs; a lone report is stored at once, because nothing waits for a timer.
 *
 * @param limits others than the usual ones, for tests
 */
export function createReportIntake(
  { db, readClock }: WritePathDependencies,
  limits: Partial<typeof intakeLimits> = {},
): ReportIntake {
  const { batchMax, waitingMax, waitMaxMs } = { ...intakeLimits, ...limits }
  const queue = createFairQueue<Waiting>()
  let working: Promise<void> | undefined

  return {
    submit(submission) {
      return new Promise((resolve, reject) => {
        enqueue({ submission, giveUpAt: performance.now() + waitMaxMs, resolve, reject })
        // Who sends most has to come back: a flood does not take others' places.
        if (queue.size > waitingMax) refuse(queue.takeFromLongest())
        working ??= workOff()
      })
    },
    async idle() {
      await working
    },
  }

  function enqueue(entry: Omit<Waiting, 'timer'>): void {
    const { principal } = entry.submission.request
    const waiting = { ...entry, timer: setTimeout(giveUp, entry.giveUpAt - performance.now()) }
    queue.add(principal, waiting)
    function giveUp(): void {
      queue.remove(principal, waiting)
      refuse(waiting)
    }
  }

  function refuse(waiting: Waiting | undefined): void {
    clearTimeout(waiting?.timer)
    waiting?.reject(new Problem('busy'))
  }

  async function workOff(): Promise<void> {
    while (queue.size > 0) {
      const batch = queue.take(batchMax)
      for (const { timer } of batch) clearTimeout(timer)
      const tell = await store(groupByKey(batch))
      // The next batch is sent to Postgres before these are answered, so that it need not wait for that.
      if (queue.size > 0) setImmediate(tell)
      else tell()
    }
    working = undefined
  }

  /**
   * Stores the first report of each group in one transaction, or where that fails, each in one of its own.
   *
   * @returns what tells everybody how it went
   */
  async function store(groups: readonly Group[]): Promise<() => void> {
    const giveUpAt = Math.min(...groups.map(({ first }) => first.giveUpAt))
    const submissions = groups.map(({ first }) => first.submission)
    try {
      const outcomes = await inDecidingTransaction(
        db,
        (trx) => submitReports(trx, readClock, submissions, giveUpAt),
        giveUpAt,
      )
      return () => {
        for (const [index, group] of groups.entries()) {
          const outcome = outcomes[index]
          if (outcome !== undefined) answer(group, outcome)
        }
      }
    } catch (error) {
      const [only, ...more] = groups
      if (only !== undefined && more.length === 0) return () => fail(only, error)
      for (const group of groups) {
        if (performance.now() < group.first.giveUpAt) (await store([group]))()
        else fail(group, new Problem(databaseOutage(error) ?? 'busy', { cause: error }))
      }
      return () => {}
    }
  }

  function answer({ first, others }: Group, outcome: SubmissionOutcome): void {
    first.resolve(outcome)
    for (const other of others) {
      const same = other.submission.request.fingerprint.equals(first.submission.request.fingerprint)
      if (same) other.resolve('problem' in outcome ? outcome : { ...outcome, replayed: true })
      else if ('problem' in outcome) tryAgain(other)
      else other.resolve({ problem: new Problem('idempotency_key_reused') })
    }
  }

  /** Nobody may be working any more by the time that it is told. */
  function tryAgain(other: Waiting): void {
    enqueue(other)
    working ??= workOff()
  }

  function fail({ first, others }: Group, error: unknown): void {
    for (const waiting of [first, ...others]) waiting.reject(error)
  }
}

/** Reports that were sent under one key, the oldest first. */
interface Group {
  readonly first: Waiting
  readonly others: Waiting[]
}

function groupByKey(batch: readonly Waiting[]): Group[] {
  const groups = new Map<string, Group>()
  for (const waiting of batch) {
    const { principal, key } = waiting.submission.request
    // Neither part holds a space.
    const name = `${principal} ${key}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { first: waiting, others: [] })
    else group.others.push(waiting)
  }
  return [...groups.values()]
}
