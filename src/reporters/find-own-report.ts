import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import { z } from 'zod'
import { findAreaNames } from '../areas/find-area-names.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Incident } from '../domain/incident.ts'
import { incidentStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { instantOut } from '../http/instant-schema.ts'
import { answerPage, pageQuery } from '../http/paging.ts'
import { loadIncidents } from '../incidents/load-incidents.ts'
import { findCasesOfReport, findFormerCases } from '../incidents/merged-reports.ts'
import { getPolicies } from '../policies/find-policies.ts'
import type { Language } from '../wording/wording.ts'
import { askedUntil } from './asked-to-rate.ts'
import { ownPromise, promisesTo } from './own-promises.ts'
import {
  publicTimeline,
  publicTimelineEntry,
  type TimelinePage,
  timelinePosition,
} from './public-timeline.ts'

const givenRating = z
  .object({
    solved: z.boolean(),
    satisfaction: z.int(),
    text: z.string().nullable(),
    at: instantOut,
  })
  .meta({ id: 'GivenRating', description: 'What the reporter said about the outcome last (评价)' })

export const ownReportView = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(incidentStates).meta({ description: 'Of the case that the report belongs to now' }),
    caseNumber: z.string().meta({
      description: 'The number of that case: another one where the report was joined with it (并案)',
    }),
    area: z.object({ code: z.string(), name: z.string() }),
    categoryCode: z.string(),
    description: z.string(),
    address: z.string().nullable(),
    receivedAt: instantOut,
    anonymous: z.boolean().meta({ description: 'Who handles the case is not told who reported (匿名)' }),
    onBehalf: z.boolean().meta({ description: 'It was filed for somebody else (代办)' }),
    promises: z.array(ownPromise).meta({ description: 'What was promised, and what became of it' }),
    askedToRateUntil: instantOut
      .nullable()
      .meta({ description: 'Until when the reader is asked whether it worked; null where they are not' }),
    rating: givenRating.nullable(),
    timeline: z.array(publicTimelineEntry).meta({ description: 'The newest steps, oldest first' }),
    timelineCursor: z.string().nullable().meta({
      description:
        'The cursor of the steps before these, null where there are none; a Link header (rel="next") has their address',
    }),
  })
  .meta({
    id: 'OwnReport',
    description: "A reporter's own report and the public part of what happened (我的线索)",
  })

interface Asked {
  readonly reportId: string
  /** Under which condition the report is the caller's: what others reported does not exist for them. */
  readonly isOwn: RawBuilder<boolean>
  /** Under which condition the caller is asked how it went. */
  readonly isAsked: RawBuilder<boolean>
  readonly now: Instant
  readonly language: Language
  /** Which page of its timeline. */
  readonly page: z.output<typeof ownReportQuery>
}

/** The timeline of a report is a list in pages; the newest steps are the first one. */
export const ownReportQuery = z.strictObject(pageQuery(timelinePosition))

type OwnReport = Omit<z.input<typeof ownReportView>, 'timeline' | 'timelineCursor'> & {
  readonly timeline: TimelinePage
}

/** The answer of a route that shows an own report. */
export function answerOwnReport(
  request: FastifyRequest,
  reply: FastifyReply,
  { timeline, ...report }: OwnReport,
): z.input<typeof ownReportView> {
  const { items, nextCursor } = answerPage(request, reply, timeline)
  return { ...report, timeline: items, timelineCursor: nextCursor }
}

/** A report of the caller's own, or nothing. */
export async function findOwnReport(
  db: Kysely<Database>,
  { reportId, isOwn, isAsked, now, language, page }: Asked,
): Promise<OwnReport | undefined> {
  return inSnapshot(db, async (trx) => {
    const cases = await loadCases(trx, await findCasesOfReport(trx, reportId, isOwn))
    const [own] = cases
    const present = cases.at(-1)
    if (own === undefined || present === undefined) return undefined
    const report = await trx
      .selectFrom('reports')
      .leftJoin('report_contacts', 'report_contacts.report_id', 'reports.id')
      .leftJoin('anonymous_reporters', 'anonymous_reporters.report_id', 'reports.id')
      .select(['reports.area_code', 'category_code', 'description', 'address', 'received_at', 'on_behalf'])
      .select(['anonymous_reporters.report_id as hidden', isAsked.as('asked')])
      .where('reports.id', '=', reportId)
      .executeTakeFirstOrThrow()
    const names = await findAreaNames(trx, [report.area_code])
    const policy = (await getPolicies(trx, [present.policyId])).get(present.policyId)
    const formerly = await loadCases(trx, await findFormerCases(trx, own))
    const rating = await findLastRating(trx, reportId)
    const rated = rating?.incidentId === present.id && rating.generation === present.generation
    return {
      id: reportId,
      number: own.number,
      state: present.state,
      caseNumber: present.number,
      area: { code: report.area_code, name: names.get(report.area_code) ?? report.area_code },
      categoryCode: report.category_code,
      description: report.description,
      address: report.address,
      receivedAt: report.received_at,
      anonymous: report.hidden !== null,
      onBehalf: report.on_behalf === true,
      promises: promisesTo(reportId, [own, ...cases.slice(1)], formerly),
      askedToRateUntil:
        policy === undefined ? null : askedUntil(present, policy, report.asked && !rated, now),
      rating: rating?.given ?? null,
      timeline: await publicTimeline(trx, {
        reportId,
        incidentId: own.id,
        language,
        before: page.cursor,
        limit: page.limit,
      }),
    }
  })
}

async function loadCases(trx: Transaction<Database>, ids: readonly string[]): Promise<Incident[]> {
  const stored = await loadIncidents(trx, ids.toSorted())
  return ids.flatMap((id) =>
    stored.filter(({ incident }) => incident.id === id).map(({ incident }) => incident),
  )
}

async function findLastRating(trx: Transaction<Database>, reportId: string) {
  const row = await trx
    .selectFrom('ratings')
    .leftJoin('event_notes', (join) =>
      join
        .onRef('event_notes.incident_id', '=', 'ratings.incident_id')
        .onRef('event_notes.seq', '=', 'ratings.seq'),
    )
    .select(['ratings.incident_id', 'generation', 'solved', 'satisfaction', 'rated_at', 'text'])
    .where('report_id', '=', reportId)
    .orderBy('rated_at', 'desc')
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { incident_id, generation, solved, satisfaction, rated_at, text } = row
  return { incidentId: incident_id, generation, given: { solved, satisfaction, text, at: rated_at } }
}
