import { type Kysely, sql } from 'kysely'
import type { EventNoteTable, IncidentTable, ReportTable } from '../database/incident-tables.ts'
import type { Database } from '../database/schema.ts'
import { type Fields, fieldsOf } from './row-fields.ts'

/** Everything that the tables hold about one incident, as the verifier compares it. */
export interface RecordedIncident {
  readonly row: IncidentTable
  readonly deadlines: ReadonlyMap<string, Fields>
  readonly assignments: ReadonlyMap<string, Fields>
  readonly breaches: ReadonlyMap<string, Fields>
  readonly reliefs: ReadonlyMap<string, Fields>
  readonly joined: ReadonlyMap<string, Fields>
  readonly ratings: ReadonlyMap<string, Fields>
  readonly reveals: ReadonlyMap<string, Fields>
  readonly reports: ReadonlyMap<string, Fields>
  /** With their texts, which only the commitments are compared with. */
  readonly reportTexts: ReadonlyMap<string, ReportTable>
  readonly notes: ReadonlyMap<number, EventNoteTable>
}

/** Columns that no event tells: what is erasable is only committed to. */
const untoldOfReports = ['description', 'address', 'latitude', 'longitude', 'salt']

/** Reads the rows of some incidents, in ten statements however many there are. */
export async function loadRecorded(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<Map<string, RecordedIncident>> {
  if (ids.length === 0) return new Map()
  const wanted = sql<string>`any(${ids}::uuid[])`
  const incidents = await db.selectFrom('incidents').selectAll().where('id', '=', wanted).execute()
  const deadlines = await db.selectFrom('deadlines').selectAll().where('incident_id', '=', wanted).execute()
  const assignments = await db
    .selectFrom('assignments')
    .selectAll()
    .where('incident_id', '=', wanted)
    .execute()
  const breaches = await db.selectFrom('breaches').selectAll().where('incident_id', '=', wanted).execute()
  const reliefs = await db.selectFrom('reliefs').selectAll().where('incident_id', '=', wanted).execute()
  const joined = await db
    .selectFrom('joined_incidents')
    .selectAll()
    .where('survivor_id', '=', wanted)
    .execute()
  const ratings = await db.selectFrom('ratings').selectAll().where('incident_id', '=', wanted).execute()
  const reveals = await db
    .selectFrom('reporter_reveals')
    .selectAll()
    .where('incident_id', '=', wanted)
    .execute()
  const reports = await db.selectFrom('reports').selectAll().where('incident_id', '=', wanted).execute()
  const notes = await db.selectFrom('event_notes').selectAll().where('incident_id', '=', wanted).execute()

  const deadlinesOf = byIncident(deadlines)
  const assignmentsOf = byIncident(assignments)
  const breachesOf = byIncident(breaches)
  const reliefsOf = byIncident(reliefs)
  const ratingsOf = byIncident(ratings)
  const revealsOf = byIncident(reveals)
  const reportsOf = byIncident(reports)
  const notesOf = byIncident(notes)
  return new Map(
    incidents.map((row) => {
      const ownReports = reportsOf.get(row.id) ?? []
      return [
        row.id,
        {
          row,
          deadlines: fieldsBy(deadlinesOf.get(row.id), ({ no }) => no),
          assignments: fieldsBy(assignmentsOf.get(row.id), ({ no }) => no),
          breaches: fieldsBy(breachesOf.get(row.id), ({ deadline_no: no }) => no),
          reliefs: fieldsBy(reliefsOf.get(row.id), ({ no }) => no),
          joined: fieldsBy(
            joined.filter((each) => each.survivor_id === row.id),
            ({ incident_id: id }) => id,
          ),
          ratings: fieldsBy(ratingsOf.get(row.id), ({ report_id: id, generation }) => `${id} ${generation}`),
          reveals: fieldsBy(revealsOf.get(row.id), ({ seq }) => seq),
          reports: fieldsBy(ownReports, ({ id }) => id, untoldOfReports),
          reportTexts: new Map(ownReports.map((report) => [report.id, report])),
          notes: new Map((notesOf.get(row.id) ?? []).map((note) => [note.seq, note])),
        },
      ]
    }),
  )
}

function fieldsBy<Row extends object>(
  rows: readonly Row[] = [],
  keyOf: (row: Row) => string | number,
  untold: readonly string[] = [],
): Map<string, Fields> {
  return new Map(rows.map((row) => [String(keyOf(row)), fieldsOf(row, untold)]))
}

function byIncident<Row extends { incident_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.incident_id)
    if (group === undefined) groups.set(row.incident_id, [row])
    else group.push(row)
  }
  return groups
}
