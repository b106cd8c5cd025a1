import { inTransaction } from '../database/in-transaction.ts'
import type { WritePathDependencies } from './act-on-incident.ts'
import { type CoalescedWork, type CoalescingLimits, coalesce } from './coalesced-work.ts'
import type { ReportSubmission } from './report-submission.ts'
import { type SubmissionOutcome, submitReports } from './submit-reports.ts'

export type ReportIntake = CoalescedWork<ReportSubmission, SubmissionOutcome>

/**
 * Receives reports, many in one transaction. Of those under one key the first is stored, and the others find its answer.
 *
 * @param limits others than the usual ones, for tests
 */
export function createReportIntake(
  { db, readClock }: WritePathDependencies,
  limits: Partial<CoalescingLimits> = {},
): ReportIntake {
  const store = (submissions: readonly ReportSubmission[], giveUpAt: number): Promise<SubmissionOutcome[]> =>
    inTransaction(db, (trx) => submitReports(trx, readClock, submissions, giveUpAt), giveUpAt)
  return coalesce(
    {
      needs: () => [],
      together: store,
      async alone(submission, giveUpAt) {
        const [outcome] = await store([submission], giveUpAt)
        if (outcome === undefined) throw new Error('A report has an outcome')
        return outcome
      },
    },
    limits,
  )
}
