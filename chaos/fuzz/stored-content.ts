import type pg from 'pg'
import { type Failure, isRecord, parsed } from './judge-answer.ts'
import { hiddenMarker, markers } from './personal-markers.ts'
import type { AcceptedWrite } from './stateful-requests.ts'

interface Sent {
  readonly write: AcceptedWrite
  readonly body: Record<string, unknown>
  readonly answer: Record<string, unknown>
}

interface ReportRow {
  id: string
  description: string
  address: string | null
  categoryCode: string
  latitude: number | null
  longitude: number | null
  occurredAt: number | null
  name: string | null
  phone: string | null
}

interface NoteRow {
  stream: string
  seq: number
  text: string | null
  latitude: number | null
  longitude: number | null
}

/** Compares what was stored with what was sent, code point by code point and bit by bit. */
export async function compareContent(
  pool: pg.Pool,
  writes: readonly AcceptedWrite[],
): Promise<{ readonly write: AcceptedWrite; readonly failure: Failure }[]> {
  const sent = writes.flatMap((write): Sent[] => {
    const body: unknown = parsed(write.request.body ?? Buffer.alloc(0))
    const answer = parsed(write.answer.body)
    return isRecord(body) && isRecord(answer) ? [{ write, body, answer }] : []
  })
  const reports = await readReports(
    pool,
    sent.map(({ answer }) => answer.reportId),
  )
  const notes = await readNotes(
    pool,
    sent.map(({ answer }) => answer.event),
  )
  return sent.flatMap(({ write, body, answer }) => {
    const differences =
      typeof answer.reportId === 'string' && 'categoryCode' in body
        ? reportDifferences(body, reports.get(answer.reportId))
        : isRecord(answer.event)
          ? noteDifferences(body, notes.get(`${answer.event.stream} ${answer.event.seq}`))
          : viewDifferences(body, answer)
    return differences.map((name) => ({
      write,
      failure: { kind: 'stores something else', detail: `${name} is not what was sent` },
    }))
  })
}

function reportDifferences(body: Record<string, unknown>, row: ReportRow | undefined): string[] {
  if (row === undefined) return ['the report']
  const reached = body.onBehalfOf ?? body.contact
  const contact = isRecord(reached) ? reached : {}
  const { occurredAt } = body
  const pairs: [string, unknown, unknown][] = [
    ['description', body.description, row.description],
    ['address', body.address, row.address],
    ['categoryCode', body.categoryCode, row.categoryCode],
    ['contact.name', contact.name, row.name],
    ['contact.phone', contact.phone, row.phone],
    ['occurredAt', typeof occurredAt === 'string' ? Date.parse(occurredAt) : undefined, row.occurredAt],
    ...positionPairs(body, row),
  ]
  return differing(pairs)
}

function noteDifferences(body: Record<string, unknown>, row: NoteRow | undefined): string[] {
  return differing([['text', body.text, row?.text ?? null], ...positionPairs(body, row)])
}

/** What an answer repeats of what was sent, it repeats exactly. */
function viewDifferences(body: Record<string, unknown>, answer: Record<string, unknown>): string[] {
  return differing(
    Object.entries(body)
      .filter(([name]) => name in answer)
      .map(([name, value]) => [name, value, answer[name]]),
  )
}

function positionPairs(
  { position }: Record<string, unknown>,
  row: { latitude: number | null; longitude: number | null } | undefined,
): [string, unknown, unknown][] {
  const { latitude, longitude } = isRecord(position) ? position : {}
  return [
    ['latitude', latitude, row?.latitude ?? null],
    ['longitude', longitude, row?.longitude ?? null],
  ]
}

function differing(pairs: readonly (readonly [name: string, sent: unknown, stored: unknown])[]): string[] {
  return pairs
    .filter(([, sent, stored]) => {
      const wanted = sent ?? null
      return typeof wanted === 'object'
        ? sorted(wanted) !== sorted(stored ?? null)
        : wanted !== (stored ?? null)
    })
    .map(([name]) => name)
}

/** The order of an object's names says nothing. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, child: unknown) =>
    isRecord(child) ? Object.fromEntries(Object.entries(child).sort()) : child,
  )
}

async function readReports(pool: pg.Pool, ids: readonly unknown[]): Promise<Map<string, ReportRow>> {
  const { rows } = await pool.query<ReportRow>(
    `select r.id, r.description, r.address, r.category_code as "categoryCode", r.latitude, r.longitude,
       (extract(epoch from r.occurred_at) * 1000)::float8 as "occurredAt", c.name, c.phone
     from reports r left join report_contacts c on c.report_id = r.id where r.id = any($1::uuid[])`,
    [ids.filter((id) => typeof id === 'string')],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

async function readNotes(pool: pg.Pool, receipts: readonly unknown[]): Promise<Map<string, NoteRow>> {
  const asked = receipts.filter(isRecord)
  const { rows } = await pool.query<NoteRow>(
    `select asked.stream, asked.seq, n.text, n.latitude, n.longitude
     from unnest($1::text[], $2::int[]) as asked (stream, seq)
     join event_notes n on 'incident/' || n.incident_id = asked.stream and n.seq = asked.seq`,
    [asked.map(({ stream }) => stream), asked.map(({ seq }) => seq)],
  )
  return new Map(rows.map((row) => [`${row.stream} ${row.seq}`, row]))
}

/** The only places where a personal datum may stand: those from which it can be erased, and what a map shows. */
const homesOfPersonalData: ReadonlySet<string> = new Set([
  'reports.description',
  'reports.address',
  'reports.latitude',
  'reports.longitude',
  'report_contacts.name',
  'report_contacts.phone',
  'event_notes.text',
  'event_notes.latitude',
  'event_notes.longitude',
  'incidents.latitude',
  'incidents.longitude',
  // Made of the above, and erased with it.
  'board_cases.latitude',
  'board_cases.longitude',
  'search_texts.folded',
  'people.name',
  // Until the change is decided; its rows are gone then.
  'planned_changes.rows',
])

/** Where the subject of an anonymous reporter may stand: apart from the report, and for seven days with the answer to it. */
const homesOfHidden: ReadonlySet<string> = new Set([
  'anonymous_reporters.reporter_id',
  'idempotency_keys.principal',
])

/** Looks for planted personal data in every other column of every table, as text and as bytes. */
export async function findPersonalData(pool: pg.Pool): Promise<Failure[]> {
  const { rows: columns } = await pool.query<{ table: string; column: string }>(
    `select case table_schema when 'public' then '' else table_schema || '.' end || table_name as table,
       column_name as column from information_schema.columns
     where table_schema not in ('pg_catalog', 'information_schema') order by 1, ordinal_position`,
  )
  const patternsOf = (marker: string) => [`%${marker}%`, `%${Buffer.from(marker).toString('hex')}%`]
  const failures: Failure[] = []
  for (const { table, column } of columns) {
    const name = `${table}.${column}`
    const sought = [
      ...(homesOfPersonalData.has(name) ? [] : markers),
      ...(homesOfHidden.has(name) ? [] : [hiddenMarker]),
    ]
    const { rows } = await pool.query<{ found: number }>(
      `select count(*)::int as found from ${table} where "${column}"::text like any($1::text[])`,
      [sought.flatMap(patternsOf)],
    )
    const found = rows[0]?.found ?? 0
    if (found > 0)
      failures.push({ kind: 'keeps a personal datum', detail: `${found} rows of ${table}.${column}` })
  }
  return failures
}
