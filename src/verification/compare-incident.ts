import { commitmentTo } from '../audit/chain.ts'
import type { FaultKind, FaultLog } from './audit-fault.ts'
import type { RecordedIncident } from './load-recorded.ts'
import type { RebuiltIncident } from './rebuild-incident.ts'
import { compareRows, type ExpectedRow, type Fields, fieldsOf } from './row-fields.ts'
import { incidentFields } from './told-rows.ts'

/** Columns of an incident that its chain tells, or that nothing but an erasable position tells. */
const untoldOfIncidents = ['head_seq', 'head_hash', 'head_at', 'latitude', 'longitude']

/** What was compared of one incident. */
export interface Compared {
  readonly deadlines: number
  readonly assignments: number
  readonly breaches: number
  /** Texts that were there and were compared with what the event committed to. */
  readonly commitmentsChecked: number
  /** Texts that are gone, or whose salt is: the commitment then tells nothing. */
  readonly commitmentsErased: number
}

/** Compares what an incident's events make of it with what the tables hold, row by row and column by column. */
export function compareIncident(
  stream: string,
  rebuilt: RebuiltIncident,
  recorded: RecordedIncident,
  faults: FaultLog,
): Compared {
  const { incident } = rebuilt
  const lastSeq = incident.seq
  const compare = (
    kind: FaultKind,
    expected: ReadonlyMap<string, ExpectedRow>,
    found: ReadonlyMap<string, Fields>,
  ) => compareRows(expected, found, { kind, stream, key: kind, lastSeq, faults })

  const own = new Map([[incident.number, { seq: lastSeq, fields: incidentFields(incident) }]])
  compare('incident', own, new Map([[incident.number, fieldsOf(recorded.row, untoldOfIncidents)]]))
  compare('deadline', rebuilt.deadlines, recorded.deadlines)
  compare('assignment', rebuilt.assignments, recorded.assignments)
  compare('breach', rebuilt.breaches, recorded.breaches)
  compare('relief', rebuilt.reliefs, recorded.reliefs)
  compare('joined', rebuilt.joined, recorded.joined)
  compare('rating', rebuilt.ratings, recorded.ratings)
  compare('reveal', rebuilt.reveals, recorded.reveals)
  compare('report', rebuilt.reports, recorded.reports)
  return {
    deadlines: rebuilt.deadlines.size,
    assignments: rebuilt.assignments.size,
    breaches: rebuilt.breaches.size,
    ...compareCommitments(stream, rebuilt, recorded, faults),
  }
}

function compareCommitments(
  stream: string,
  { reports, notes }: RebuiltIncident,
  recorded: RecordedIncident,
  faults: FaultLog,
): Pick<Compared, 'commitmentsChecked' | 'commitmentsErased'> {
  const ofReports = [...reports].map(([id, { seq }]) => ({ seq, text: reportContent(recorded, id) }))
  const reportSeqs = new Set(ofReports.map(({ seq }) => seq))
  const ofNotes = [...notes.keys()]
    .filter((seq) => !reportSeqs.has(seq))
    .map((seq) => ({ seq, text: noteContent(recorded, seq) }))
  let commitmentsChecked = 0
  let commitmentsErased = 0
  for (const { seq, text } of [...ofReports, ...ofNotes]) {
    if (text === undefined) {
      commitmentsErased += 1
      continue
    }
    commitmentsChecked += 1
    const expected = notes.get(seq)?.commitment ?? 'no commitment'
    const found = commitmentTo(text.salt, text.content)
    if (found !== expected) {
      faults.add({ kind: 'commitment', stream, seq, field: 'note.commitment', expected, found })
    }
  }
  for (const { seq, visible_to_reporter: found } of recorded.notes.values()) {
    const note = reportSeqs.has(seq) ? undefined : notes.get(seq)
    if (note === undefined) {
      faults.add({ kind: 'note', stream, seq, field: 'note', expected: 'no row', found: 'a row' })
    } else if (note.visibleToReporter !== found) {
      const expected = String(note.visibleToReporter)
      faults.add({
        kind: 'note',
        stream,
        seq,
        field: 'visible_to_reporter',
        expected,
        found: String(found),
      })
    }
  }
  return { commitmentsChecked, commitmentsErased }
}

interface Content {
  readonly salt: Buffer
  readonly content: object
}

/** What stands in a report whose text was erased: the column does without no text. */
const erasedDescription = '-'

/** What the opening event commits to, or nothing where it was erased: no salt, and no text that could need one. */
function reportContent({ reportTexts }: RecordedIncident, id: string): Content | undefined {
  const report = reportTexts.get(id)
  if (report === undefined) return undefined
  const { description, address, salt } = report
  const position = positionOf(report)
  const blank = description === erasedDescription && address === null && position === null
  return salt.length === 0 && blank ? undefined : { salt, content: { description, address, position } }
}

function noteContent({ notes }: RecordedIncident, seq: number): Content | undefined {
  const note = notes.get(seq)
  if (note === undefined) return undefined
  const { text, salt } = note
  const position = positionOf(note)
  return salt.length === 0 && text === null && position === null
    ? undefined
    : { salt, content: { text, position } }
}

function positionOf({ latitude, longitude }: { latitude: number | null; longitude: number | null }) {
  return latitude === null || longitude === null ? null : { latitude, longitude }
}
