import {
  insertLike,
  instantOf,
  literal,
  readSampleRows,
  type SampleRow,
  type Substitute,
} from './row-copy.ts'
import { withClient } from './servers.ts'

/** What firing one deadline wrote, as a worker of ours wrote it. */
export interface SampleFiring {
  readonly incidentId: string
  readonly deadlineNo: number
  readonly number: string
  readonly detectedAt: number
  readonly body: string
  /** The breach, the next rung's deadline, the event and the notices. */
  readonly rows: readonly SampleRow[]
}

/** Reads the rows of the one breach that an incident has. */
export async function readSampleFiring(url: string, incidentId: string): Promise<SampleFiring> {
  return await withClient(url, async (client) => {
    await client.query("set timezone = 'UTC'")
    const breaches = await readSampleRows(client, 'breaches', 'incident_id = $1', incidentId)
    const deadlineNo = Number(textOf(breaches[0], 'deadline_no'))
    const seq = textOf(breaches[0], 'seq')
    const next = await readSampleRows(
      client,
      'deadlines',
      `escalated_from = ${deadlineNo} and incident_id = $1`,
      incidentId,
    )
    const events = await readSampleRows(
      client,
      'events',
      `seq = ${seq} and stream like '%' || $1`,
      incidentId,
    )
    const notices = await readSampleRows(client, 'outbox', `seq = ${seq} and incident_id = $1`, incidentId)
    return {
      incidentId,
      deadlineNo,
      number: textOf(breaches[0], 'number'),
      detectedAt: instantOf(textOf(breaches[0], 'detected_at')),
      body: textOf(events[0], 'body'),
      rows: [...breaches, ...next, ...events, ...notices],
    }
  })
}

function textOf(row: SampleRow | undefined, name: string): string {
  const text = row?.columns.find((column) => column.name === name)?.text
  if (text === undefined || text === null) throw new Error(`The sample has no ${name}.`)
  return text
}

/**
 * One statement that fires the deadlines of the incidents in `$1`: it locks the incidents, marks what is overdue, and
 * writes breach, next deadline, chained event, notice and the chain's head. It returns the next deadlines, for which whoever
 * has a job for each deadline needs another one. Every peer runs it, for one incident or for hundreds, so that what is
 * compared is how each of them gets to its work. No application could write this in fewer round trips.
 */
export function firingStatement(sample: SampleFiring): string {
  const next = sample.rows.find(({ table }) => table === 'deadlines')
  const nextLimitMs = instantOf(textOf(next, 'due_at')) - sample.detectedAt
  const inserts = sample.rows.map(
    (row, index) => `w${index} as (${insertLike(row, 'due', substituteIn(sample))})`,
  )
  return [
    "with clock as materialized (select date_trunc('milliseconds', clock_timestamp()) as at),",
    'claimed as materialized (select id, number, head_seq, head_hash from incidents',
    'where id = any(cast($1 as uuid[])) order by id for no key update),',
    "due as (update deadlines set state = 'breached', settled_at = clock.at, settled_seq = claimed.head_seq + 1",
    `from claimed, clock where deadlines.incident_id = claimed.id and deadlines.no = ${sample.deadlineNo}`,
    "and deadlines.state = 'running' and deadlines.due_at < clock.at",
    'returning deadlines.incident_id, deadlines.started_at, deadlines.due_at, claimed.number, clock.at,',
    'claimed.head_seq + 1 as seq, claimed.head_hash as prev, bench_uuid() as notice,',
    `sha256(claimed.head_hash || convert_to(${literal(sample.body, 'text')}, 'UTF8')) as hash),`,
    `${inserts.join(', ')},`,
    'head as (update incidents set head_seq = due.seq, head_hash = due.hash, head_at = due.at',
    'from due where incidents.id = due.incident_id)',
    `select incident_id as id, at + ${nextLimitMs} * interval '1 millisecond' as "dueAt" from due`,
  ].join(' ')
}

function substituteIn(sample: SampleFiring): Substitute {
  return ({ name, type, text }, table) => {
    if (text === null) return undefined
    if (text === sample.incidentId) return 'due.incident_id'
    if (text === sample.number) return 'due.number'
    if (name === 'stream')
      return `${literal(text.slice(0, text.length - sample.incidentId.length), 'text')} || due.incident_id`
    if (name === 'seq') return 'due.seq'
    if (name === 'prev') return 'due.prev'
    if (name === 'hash') return 'due.hash'
    if (name === 'id' && table === 'outbox') return 'due.notice'
    if (table === 'breaches' && (name === 'due_at' || name === 'started_at')) return `due.${name}`
    if (type === 'timestamp with time zone')
      return `due.at + ${instantOf(text) - sample.detectedAt} * interval '1 millisecond'`
    return undefined
  }
}
