import type { Kysely } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import type { CaseScript, ReportTexts } from '../../src/demo/cases/script.ts'
import { stories } from '../../src/demo/cases/stories.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { loadIncidents } from '../../src/incidents/load-incidents.ts'

/** What the database holds of one incident of a story when the show is over. */
export interface StoredStory {
  readonly reportId: string
  readonly incident: Incident
  /** The types of its events in order, without breaches. */
  readonly events: readonly string[]
  readonly ratings: readonly {
    readonly reportId: string
    readonly generation: number
    readonly solved: boolean
    readonly satisfaction: number
  }[]
}

export function storyNamed(id: string): CaseScript {
  const story = stories.find((each) => each.id === id)
  if (story === undefined) throw new Error(`There is no story ${id}`)
  return story
}

/** Finds the incident that a report of a story opened, by the report's words. */
export async function readStoredStory(
  db: Kysely<Database>,
  { description }: Pick<ReportTexts, 'description'>,
): Promise<StoredStory> {
  const { id: reportId, incident_id: id } = await db
    .selectFrom('reports')
    .select(['id', 'incident_id'])
    .where('description', '=', description)
    .executeTakeFirstOrThrow()
  const [stored] = await db.transaction().execute((trx) => loadIncidents(trx, [id]))
  if (stored === undefined) throw new Error(`Incident ${id} is not there`)
  const events = await db
    .selectFrom('events')
    .select('type')
    .where('stream', '=', `incident/${id}`)
    .orderBy('seq')
    .execute()
  const ratings = await db
    .selectFrom('ratings')
    .select(['report_id as reportId', 'generation', 'solved', 'satisfaction'])
    .where('incident_id', '=', id)
    .orderBy('rated_at')
    .execute()
  return {
    reportId,
    incident: stored.incident,
    events: events.map(({ type }) => type).filter((type) => type !== 'deadline_breached'),
    ratings,
  }
}
