import type { Kysely } from 'kysely'
import { z } from 'zod'
import { findAreaNames } from '../areas/find-area-names.ts'
import { inSnapshot } from '../database/in-snapshot.ts'
import type { Database } from '../database/schema.ts'
import type { Actor } from '../domain/actor.ts'
import { type PromiseKind, promiseKinds } from '../domain/deadline.ts'
import type { Incident } from '../domain/incident.ts'
import { incidentStates } from '../domain/incident-state.ts'
import { instantOut } from '../http/instant-schema.ts'
import type { Language } from '../wording/wording.ts'
import { loadIncidents } from './load-incidents.ts'
import { publicTimeline, publicTimelineEntry } from './public-timeline.ts'

export const ownReportView = z
  .object({
    id: z.uuid(),
    number: z.string(),
    state: z.enum(incidentStates),
    area: z.object({ code: z.string(), name: z.string() }),
    categoryCode: z.string(),
    description: z.string(),
    address: z.string().nullable(),
    receivedAt: instantOut,
    promises: z
      .array(
        z.object({
          promise: z.enum(promiseKinds),
          dueAt: instantOut.meta({ description: 'When it was promised first' }),
          keptAt: instantOut.nullable(),
          late: z.boolean().meta({ description: 'The promise was or is not kept in time' }),
        }),
      )
      .meta({ description: 'What was promised, and what became of it' }),
    timeline: z.array(publicTimelineEntry),
  })
  .meta({
    id: 'OwnReport',
    description: "A reporter's own report and the public part of what happened (我的线索)",
  })

/** A report of the actor's own, or nothing: what others reported does not exist for them. */
export async function findOwnReport(
  db: Kysely<Database>,
  reportId: string,
  actor: Actor,
  language: Language,
): Promise<z.input<typeof ownReportView> | undefined> {
  return inSnapshot(db, async (trx) => {
    const report = await trx
      .selectFrom('reports')
      .selectAll()
      .where('id', '=', reportId)
      .where('reporter_id', '=', actor.id)
      .executeTakeFirst()
    if (report === undefined) return undefined
    const [stored] = await loadIncidents(trx, [report.incident_id])
    if (stored === undefined) return undefined
    const { incident } = stored
    const names = await findAreaNames(trx, [report.area_code])
    return {
      id: report.id,
      number: incident.number,
      state: incident.state,
      area: { code: report.area_code, name: names.get(report.area_code) ?? report.area_code },
      categoryCode: report.category_code,
      description: report.description,
      address: report.address,
      receivedAt: report.received_at,
      promises: promiseKinds.flatMap((promise) => promiseTo(incident, promise)),
      timeline: await publicTimeline(trx, { reportId, incidentId: incident.id }, language),
    }
  })
}

/** A promise as the reporter sees it: the first due time that they were told since the case was taken up last. */
function promiseTo(incident: Incident, promise: PromiseKind) {
  const own = incident.deadlines.filter(
    (deadline) => deadline.promise === promise && deadline.rung !== 'unit',
  )
  const generation = Math.max(...own.map((deadline) => deadline.generation))
  const clocks = own.filter((deadline) => deadline.generation === generation)
  const first = clocks[0]
  if (first === undefined) return []
  const kept = clocks.map((deadline) =>
    deadline.state === 'met' ? deadline.settledAt : deadline.fulfilledAt,
  )
  return [
    {
      promise,
      dueAt: first.dueAt,
      keptAt: kept.find((at) => at !== null) ?? null,
      late: clocks.some((deadline) => deadline.state === 'breached'),
    },
  ]
}
