import { type Kysely, type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { Problem } from '../http/problems/problem.ts'
import type { ProblemCode } from '../http/problems/problem-codes.ts'
import type { RequestKey } from '../idempotency/request-key.ts'
import type { Answer } from '../idempotency/stored-answers.ts'
import type { ActInTurn } from '../incidents/act-in-turn.ts'
import { receiptView } from '../incidents/incident-view.ts'
import { findCasesOfReport } from '../incidents/merged-reports.ts'
import { pseudonymOf } from '../incidents/report-submission.ts'
import { descriptionField } from '../incidents/request-fields.ts'

export const ratingBody = z.strictObject({
  solved: z.boolean().meta({ description: 'false reopens the case, as often as its policy allows' }),
  satisfaction: z.int().min(1).max(5).meta({ description: 'From 1, not at all, to 5' }),
  text: descriptionField.optional().meta({ description: 'In the own words' }),
})

export const ratingProblems = [
  'illegal_transition',
  'already_rated',
  'rating_over',
  'idempotency_key_reused',
  'incident_unsettleable',
] as const satisfies readonly ProblemCode[]

export const ratingView = z
  .object({ reportId: z.uuid(), state: z.enum(incidentStates), event: receiptView })
  .meta({
    id: 'RatingResult',
    description: 'The state of the case after the rating, and the event that it wrote',
  })

/** The part of what an action answers that a reporter may see. */
const acted = z.object({ incident: z.object({ state: z.enum(incidentStates) }), event: receiptView })

export interface RatingDependencies {
  readonly db: Kysely<Database>
  readonly actInTurn: ActInTurn
}

interface AskedRating {
  readonly reportId: string
  /** Under which condition the report is the caller's. */
  readonly isOwn: RawBuilder<boolean>
  /** Under which condition the caller is asked how it went. */
  readonly isAsked: RawBuilder<boolean>
  readonly rater: Actor
  readonly request: RequestKey
  readonly arrivedAt: number
  readonly body: z.output<typeof ratingBody>
}

/**
 * Rates the case that a report belongs to now. Who is not named as its reporter is not named as its rater either.
 *
 * @throws Problem `not_found` for a report that is not the caller's, `not_asked` where somebody else is asked about it, and
 *   whatever an action throws
 */
export async function rateReport(
  { db, actInTurn }: RatingDependencies,
  { reportId, isOwn, isAsked, rater, request, arrivedAt, body }: AskedRating,
): Promise<{ answer: Answer; replayed: boolean }> {
  const incidentId = (await findCasesOfReport(db, reportId, isOwn)).at(-1)
  const report = await db
    .selectFrom('reports')
    .select(['reporter_id', isAsked.as('asked')])
    .where('id', '=', reportId)
    .executeTakeFirst()
  if (incidentId === undefined || report === undefined) throw new Problem('not_found')
  if (!report.asked) throw new Problem('not_asked')
  const { answer, replayed } = await actInTurn({
    incidentId,
    action: {
      type: 'rate',
      rating: { reportId, solved: body.solved, satisfaction: body.satisfaction },
    },
    actor: report.reporter_id === rater.id ? rater : pseudonymOf(reportId),
    scope: sql<boolean>`true`,
    request,
    arrivedAt,
    occurredAt: null,
    ifMatch: undefined,
    text: body.text ?? null,
    textVisibleToReporter: false,
  })
  const { incident, event } = acted.parse(JSON.parse(answer.body))
  const view: z.output<typeof ratingView> = { reportId, state: incident.state, event }
  return { answer: { status: answer.status, headers: {}, body: JSON.stringify(view) }, replayed }
}
