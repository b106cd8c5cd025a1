import type { Transaction } from 'kysely'
import { z } from 'zod'
import { findKnownPlaces } from '../areas/find-places.ts'
import { lockAreas } from '../areas/lock-areas.ts'
import type { ChainedEvent } from '../audit/append-events.ts'
import { commitmentTo } from '../audit/chain.ts'
import { type RegistryHeads, readRegistryHeads } from '../audit/registry-heads.ts'
import { findKnownCategories } from '../categories/find-categories.ts'
import { type ReadClock, type Reading, toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import { boundLockWaits, waitMaxMs } from '../database/waiting.ts'
import { codesOf } from '../domain/area.ts'
import type { IncidentEvent } from '../domain/event.ts'
import type { Incident } from '../domain/incident.ts'
import { openIncident } from '../domain/open-incident.ts'
import { choosePolicy, isReportable } from '../domain/policy.ts'
import { instantText } from '../http/instant-schema.ts'
import { Problem } from '../http/problems/problem.ts'
import { type Answer, findEarlierUses, storeAnswers } from '../idempotency/stored-answers.ts'
import { listKnownPolicies } from '../policies/find-policies.ts'
import { incidentNumber } from './incident-number.ts'
import {
  deadlineView,
  type NameOf,
  readNames,
  receiptView,
  viewDeadline,
  viewReceipt,
} from './incident-view.ts'
import {
  insertAnonymousReporters,
  insertContacts,
  insertReportLinks,
  insertReports,
} from './insert-reports.ts'
import { type ReportSubmission, reportContent, requestInstant } from './report-submission.ts'
import { saveDecisions } from './save-decisions.ts'

export const submittedReportView = z
  .object({
    reportId: z.uuid(),
    incidentId: z.uuid(),
    number: z.string(),
    state: z.literal('received'),
    receivedAt: instantText,
    deadlines: z.array(deadlineView),
    event: receiptView,
  })
  .meta({ description: 'A report that was received, and the promises that it started' })

/** A report's own outcome: one bad report does not fail its neighbours. */
export type SubmissionOutcome =
  | { readonly answer: Answer; readonly replayed: boolean }
  | { readonly problem: Problem }

/**
 * Receives reports: each opens an incident with its three deadlines. Any number of reports costs the same number of
 * statements. Only the areas are locked, against being moved.
 *
 * @param giveUpAt when the requests' time for waiting is over, in terms of `performance.now()`
 * @returns each report's outcome, in order. Two submissions under one key must not be in one call.
 */
export async function submitReports(
  trx: Transaction<Database>,
  readClock: ReadClock,
  submissions: readonly ReportSubmission[],
  giveUpAt = performance.now() + waitMaxMs,
): Promise<SubmissionOutcome[]> {
  const areaCodes = unique(submissions.map(({ areaCode }) => areaCode))
  // Until the commit no import may move these areas into another district; the incidents' foreign key locks them anyway.
  await boundLockWaits(trx, giveUpAt)
  const [, clock, heads, earlier] = await Promise.all([
    lockAreas(trx, areaCodes),
    readClock(trx).then((reading) => ({ reading, readAt: performance.now() })),
    readRegistryHeads(trx),
    findEarlierUses(
      trx,
      submissions.map(({ request }) => request),
    ),
  ])
  const fresh = submissions.filter((_, index) => !earlier.has(index))
  const opened =
    fresh.length === 0
      ? new Map<ReportSubmission, SubmissionOutcome>()
      : await openIncidents(trx, fresh, { ...clock, heads, giveUpAt })
  return submissions.map((submission, index) => {
    const use = earlier.get(index)
    if (use === 'reused') return { problem: new Problem('idempotency_key_reused') }
    if (use !== undefined) return { answer: use.answer, replayed: true }
    return opened.get(submission) ?? { problem: new Problem('internal_error') }
  })
}

interface OpenedReport {
  readonly submission: ReportSubmission
  readonly incident: Incident
  readonly event: IncidentEvent
}

/** What was read when the areas were locked. */
interface Reads {
  readonly reading: Reading
  /** `performance.now()` at the deciding instant. */
  readonly readAt: number
  readonly heads: RegistryHeads
  readonly giveUpAt: number
}

async function openIncidents(
  trx: Transaction<Database>,
  submissions: readonly ReportSubmission[],
  { reading, readAt, heads, giveUpAt }: Reads,
): Promise<Map<ReportSubmission, SubmissionOutcome>> {
  const { now } = reading
  const areaCodes = unique(submissions.map(({ areaCode }) => areaCode))
  const places = await findKnownPlaces(trx, heads, areaCodes)
  const categoryCodes = unique(submissions.map(({ categoryCode }) => categoryCode))
  const categories = await findKnownCategories(trx, heads, categoryCodes)
  const policies = await listKnownPolicies(trx, heads)

  const outcomes = new Map<ReportSubmission, SubmissionOutcome>()
  const opened: OpenedReport[] = []
  for (const submission of submissions) {
    const place = places.get(submission.areaCode)
    const category = categories.get(submission.categoryCode)
    if (place === undefined) {
      outcomes.set(submission, { problem: wrongField('area_not_found', '/areaCode') })
      continue
    }
    if (category === undefined || category.retired) {
      outcomes.set(submission, { problem: wrongField('category_not_found', '/categoryCode') })
      continue
    }
    const policy = choosePolicy(policies, {
      areaCodes: codesOf(place),
      categoryCodes: category.path,
      severity: category.severity,
    })
    const { districtCode } = place
    if (
      policy === undefined ||
      place.retired ||
      districtCode === null ||
      !isReportable(policy.ladder, place)
    ) {
      outcomes.set(submission, { problem: wrongField('area_not_reportable', '/areaCode') })
      continue
    }
    const facts = {
      id: submission.incidentId,
      number: incidentNumber(districtCode, now, submission.incidentId),
      districtCode,
      areaCode: submission.areaCode,
      categoryCode: category.code,
      severity: category.severity,
      policyId: policy.id,
    }
    const request = {
      actor: submission.reporter,
      requestedAt: requestInstant(now, readAt, submission.arrivedAt),
      occurredAt: submission.occurredAt,
      note: { commitment: commitmentTo(submission.salt, reportContent(submission)), visibleToReporter: true },
    }
    const context = { ...reading, place, policy, category }
    opened.push({ submission, ...openIncident(facts, submission.reportId, request, context) })
  }
  if (opened.length === 0) return outcomes

  const nameOf = await readNames(
    trx,
    heads,
    opened.map(({ incident }) => incident),
  )
  await boundLockWaits(trx, giveUpAt)
  await saveDecisions(
    trx,
    opened.map(({ submission, incident, event }) => ({
      before: undefined,
      after: incident,
      events: [event],
      position: submission.position,
      // A report's text stands in the table of reports.
      note: null,
    })),
    async (inserts, events) => {
      const answered = opened.flatMap((report, index) => {
        const event = events[index]
        return event === undefined ? [] : [{ report, answer: answerTo(report, event, nameOf) }]
      })
      await storeAnswers(
        trx,
        now,
        answered.map(({ report, answer }) => ({ request: report.submission.request, answer })),
        [
          ...inserts,
          insertReports(opened),
          insertContacts(opened),
          insertAnonymousReporters(opened),
          insertReportLinks(opened),
        ],
      )
      for (const { report, answer } of answered) outcomes.set(report.submission, { answer, replayed: false })
    },
  )
  return outcomes
}

function answerTo({ submission, incident }: OpenedReport, event: ChainedEvent, nameOf: NameOf): Answer {
  const view: z.output<typeof submittedReportView> = {
    reportId: submission.reportId,
    incidentId: incident.id,
    number: incident.number,
    state: 'received',
    receivedAt: toTimestamp(incident.receivedAt),
    deadlines: incident.deadlines.map((deadline) => viewDeadline(deadline, nameOf)),
    event: viewReceipt(event),
  }
  return {
    status: 201,
    headers: { location: `/v1/reports/${submission.reportId}` },
    body: JSON.stringify(view),
  }
}

function wrongField(
  code: 'area_not_found' | 'area_not_reportable' | 'category_not_found',
  pointer: string,
): Problem {
  const details = {
    area_not_found: { zh: '没有此代码的辖区', en: 'No area has this code' },
    area_not_reportable: {
      zh: '该辖区已撤销或不在时限规则的层级之内',
      en: 'This area is retired, or nobody on the ladder answers for it',
    },
    category_not_found: { zh: '没有此代码的事项类别', en: 'No category has this code' },
  }
  return new Problem(code, { errors: [{ pointer, detail: details[code] }] })
}

function unique(codes: readonly string[]): string[] {
  return [...new Set(codes)]
}
