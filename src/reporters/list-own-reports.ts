import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { mergesFollowedMax } from '../domain/case-limits.ts'
import { type IncidentState, incidentStates } from '../domain/incident-state.ts'
import type { Instant } from '../domain/instant.ts'
import { instantOut } from '../http/instant-schema.ts'
import { getPolicies } from '../policies/find-policies.ts'
import { askedUntil } from './asked-to-rate.ts'
import { asksSender } from './own-reports.ts'

export const ownReportSummary = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(incidentStates).meta({ description: 'Of the case that the report belongs to now' }),
    area: z.object({ code: z.string(), name: z.string() }),
    categoryCode: z.string(),
    description: z.string(),
    receivedAt: instantOut,
    askedToRateUntil: instantOut
      .nullable()
      .meta({ description: 'Until when the reporter is asked whether it worked; null where they are not' }),
  })
  .meta({ id: 'OwnReportSummary', description: 'One of the own reports (我的线索)' })

interface Row {
  readonly id: string
  readonly number: string
  readonly area_code: string
  readonly area_name: string
  readonly category_code: string
  readonly description: string
  readonly received_at: Instant
  readonly state: IncidentState
  readonly ended_at: Instant | null
  readonly policy_id: string
  readonly asked: boolean
}

/**
 * A page of somebody's own reports, newest first, anonymous ones too: one statement, and one for policies that were not read
 * before.
 *
 * @param before the last report of the page before
 */
export async function listOwnReports(
  db: Kysely<Database>,
  {
    actor,
    now,
    before,
    limit,
  }: {
    readonly actor: Actor
    readonly now: Instant
    readonly before: string | undefined
    readonly limit: number
  },
): Promise<{ items: z.input<typeof ownReportSummary>[]; next: string | undefined }> {
  const older = (column: string) =>
    before === undefined ? sql`` : sql`and ${sql.ref(column)} < ${before}::uuid`
  const { rows } = await sql<Row>`
    with recursive mine as (
      (select id from reports where reporter_id = ${actor.id} ${older('id')} order by id desc limit ${limit + 1})
      union all
      (select report_id from anonymous_reporters where reporter_id = ${actor.id} ${older('report_id')}
        order by report_id desc limit ${limit + 1})
      order by id desc limit ${limit + 1}
    ), way (report_id, incident_id, merged_into, length) as (
      select reports.id, incidents.id, incidents.merged_into, 1 from mine join reports on reports.id = mine.id
      join incidents on incidents.id = reports.incident_id
      union all
      select report_id, incidents.id, incidents.merged_into, length + 1 from way
      join incidents on incidents.id = way.merged_into where length < ${mergesFollowedMax}
    )
    select reports.id, own.number, reports.area_code, areas.name as area_name, reports.category_code,
      reports.description, reports.received_at, present.state, present.ended_at, present.policy_id,
      ${asksSender} and not exists (
        select from ratings where ratings.report_id = reports.id and ratings.incident_id = present.id
          and ratings.generation = present.generation
      ) as asked
    from way
    join reports on reports.id = way.report_id
    join incidents own on own.id = reports.incident_id
    join incidents present on present.id = way.incident_id
    join areas on areas.code = reports.area_code
    where way.merged_into is null
    order by reports.id desc`.execute(db)
  const shown = rows.slice(0, limit)
  const policies = await getPolicies(
    db,
    shown.map(({ policy_id }) => policy_id),
  )
  const items = shown.map((row) => {
    const policy = policies.get(row.policy_id)
    const outcome = { state: row.state, endedAt: row.ended_at }
    return {
      id: row.id,
      number: row.number,
      state: row.state,
      area: { code: row.area_code, name: row.area_name },
      categoryCode: row.category_code,
      description: row.description,
      receivedAt: row.received_at,
      askedToRateUntil: policy === undefined ? null : askedUntil(outcome, policy, row.asked, now),
    }
  })
  return { items, next: rows.length > limit ? shown.at(-1)?.id : undefined }
}
