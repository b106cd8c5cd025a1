import type pg from 'pg'
import {
  insertLike,
  instantOf,
  readSampleRows,
  type SampleColumn,
  type SampleRow,
  type Substitute,
} from './row-copy.ts'
import { withClient } from './servers.ts'

/** What one report writes, as the intake wrote it. */
export interface SampleReport {
  readonly incidentId: string
  readonly reportId: string
  readonly receivedAt: number
  readonly rows: readonly SampleRow[]
}

/**
 * Makes what statements like ours need: ids that rise with time as ours do, and a number that is nobody else's. Postgres
 * has `uuidv7()` since 18; before, an equal one is put together here.
 */
export async function createReportFunctions(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query("select 1 from pg_proc where proname = 'uuidv7' and pronargs = 0")
    await client.query(`
      create sequence if not exists bench_number;
      create or replace function bench_uuid() returns uuid language sql volatile as $$ select ${
        rows.length > 0
          ? 'uuidv7()'
          : `encode(overlay(uuid_send(gen_random_uuid())
               placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::int8) from 3) from 1 for 6), 'hex')::uuid`
      } $$`)
  })
}

/** Reads everything that a report of ours has written. */
export async function readSampleReports(
  url: string,
  incidentIds: readonly string[],
): Promise<SampleReport[]> {
  return await withClient(url, async (client) => {
    await client.query("set timezone = 'UTC'")
    const samples: SampleReport[] = []
    for (const id of incidentIds) samples.push(await readSampleReport(client, id))
    return samples
  })
}

async function readSampleReport(client: pg.Client, incidentId: string): Promise<SampleReport> {
  const [report] = await readSampleRows(client, 'reports', 'incident_id = $1', incidentId)
  const reportId = textOf(report, 'id')
  const rows = [
    await readSampleRows(client, 'idempotency_keys', "body like '%' || $1 || '%'", incidentId),
    await readSampleRows(client, 'incidents', 'id = $1', incidentId),
    report === undefined ? [] : [report],
    await readSampleRows(client, 'report_contacts', 'report_id = $1', reportId),
    await readSampleRows(client, 'deadlines', 'incident_id = $1', incidentId),
    await readSampleRows(
      client,
      'events',
      'stream = (select stream from events where stream like $1 limit 1)',
      `%${incidentId}`,
    ),
  ]
  const receivedAt = instantOf(textOf(report, 'received_at'))
  return { incidentId, reportId, receivedAt, rows: rows.flat() }
}

function textOf(row: SampleRow | undefined, name: string): string {
  const text = row?.columns.find((column) => column.name === name)?.text
  if (text === undefined || text === null) throw new Error(`The sample has no ${name}.`)
  return text
}

/**
 * Ids, keys and times of a new report, and everything else as it was in the sample: same columns, same sizes. A hash is
 * the sample's, because computing it is not what the database does.
 */
function substituteIn(sample: SampleReport): Substitute {
  return (column: SampleColumn, table) => {
    const { name, type, text } = column
    if (text === null) return undefined
    if (text === sample.incidentId) return 'fresh.incident'
    if (text === sample.reportId) return 'fresh.report'
    if (table === 'events' && name === 'stream')
      return `'${text.slice(0, text.length - sample.incidentId.length).replaceAll(':', "' || chr(58) || '")}' || fresh.incident`
    if (table === 'incidents' && name === 'number')
      return `'${text.slice(0, -8)}' || lpad(upper(to_hex(nextval('bench_number'))), 8, '0')`
    if (table === 'idempotency_keys' && name === 'key') return `cast(gen_random_uuid() as text)`
    if (type === 'timestamp with time zone')
      return `fresh.at + ${instantOf(text) - sample.receivedAt} * interval '1 millisecond'`
    return undefined
  }
}

/** One statement that writes all the rows of a report, which makes it one transaction, too. */
export function oneStatement(sample: SampleReport): string {
  const inserts = sample.rows.map(
    (row, index) => `w${index} as (${insertLike(row, 'fresh', substituteIn(sample))})`,
  )
  return [
    'with fresh as materialized (select bench_uuid() as incident, bench_uuid() as report,',
    "date_trunc('milliseconds', clock_timestamp()) as at),",
    inserts.join(', '),
    'select 1;',
  ].join(' ')
}
