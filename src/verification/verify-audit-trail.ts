import { type Kysely, sql } from 'kysely'
import { genesis } from '../audit/chain.ts'
import type { Database, EventTable } from '../database/schema.ts'
import { streamOf } from '../incidents/decided-incident.ts'
import { createFaultLog, type FaultGroup, type FaultLog } from './audit-fault.ts'
import type { Tail } from './check-chain.ts'
import { compareIncident } from './compare-incident.ts'
import { compareRegistry } from './compare-registry.ts'
import { loadRecorded } from './load-recorded.ts'
import { type ClosedStream, closeStream, type OpenStream, openStream, readEvent } from './read-stream.ts'

/** What a verification read. */
export interface AuditCounts {
  events: number
  streams: number
  incidents: number
  deadlines: number
  assignments: number
  breaches: number
  registryRows: number
  registryRowsUntold: number
  commitmentsChecked: number
  commitmentsErased: number
}

export interface AuditVerification {
  readonly outcome: 'sound' | 'tampered' | 'incomplete'
  readonly counts: AuditCounts
  /** By kind, in the order in which the first of each was met. */
  readonly faults: readonly FaultGroup[]
  /** Why not everything could be read; null where everything was. */
  readonly incompleteBecause: string | null
}

/** Events in memory at once; some MB, whatever the length of the trail. */
const chunkEvents = 1_000
/** The snapshot may be read for hours, but no single statement and no pause of ours takes longer than this. */
const statementTimeout = '10min'
const idleTimeout = '10min'

/**
 * Verifies the whole audit trail of a database: every hash, number and link, the heads, the order of time; then replays
 * each incident and each registry and compares their rows with the tables (docs/audit-format.md). It reads one snapshot, so
 * that writers go on undisturbed and nothing is half there.
 *
 * Never throws for what it finds or cannot read: that is its result.
 */
export async function verifyAuditTrail({
  db,
}: {
  readonly db: Kysely<Database>
}): Promise<AuditVerification> {
  const faults = createFaultLog()
  const counts: AuditCounts = {
    events: 0,
    streams: 0,
    incidents: 0,
    deadlines: 0,
    assignments: 0,
    breaches: 0,
    registryRows: 0,
    registryRowsUntold: 0,
    commitmentsChecked: 0,
    commitmentsErased: 0,
  }
  let incompleteBecause: string | null = null
  try {
    await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        await sql`select set_config('statement_timeout', ${statementTimeout}, true),
          set_config('idle_in_transaction_session_timeout', ${idleTimeout}, true)`.execute(trx)
        await verifyStreams(trx, counts, faults)
        await findWithoutStream(trx, faults)
      })
  } catch (error) {
    incompleteBecause = error instanceof Error ? error.message : String(error)
  }
  const groups = faults.groups()
  const unread = incompleteBecause === null ? 'sound' : 'incomplete'
  return { outcome: groups.length > 0 ? 'tampered' : unread, counts, faults: groups, incompleteBecause }
}

async function verifyStreams(trx: Kysely<Database>, counts: AuditCounts, faults: FaultLog): Promise<void> {
  const heads = await registryHeads(trx)
  let open: OpenStream | undefined
  let closed: ClosedStream[] = []
  const settle = async () => {
    await verifyClosed(trx, closed, heads, counts, faults)
    closed = []
  }
  for await (const chunk of chunksOfEvents(trx)) {
    for (const event of chunk) {
      if (open?.name !== event.stream) {
        if (open !== undefined) closed.push(closeStream(open))
        open = openStream(event.stream)
      }
      counts.events += 1
      readEvent(open, event, faults)
    }
    await settle()
  }
  if (open !== undefined) closed.push(closeStream(open))
  await settle()
  for (const [name, head] of heads) {
    if (head.seq !== 0 || !head.hash.equals(genesis))
      faults.add({
        kind: 'head',
        stream: name,
        seq: null,
        field: 'head_seq',
        expected: 'no events: 0',
        found: String(head.seq),
      })
  }
}

/** All events by stream and number, a bounded number at a time. */
async function* chunksOfEvents(trx: Kysely<Database>): AsyncGenerator<EventTable[]> {
  let stream = ''
  let seq = 0
  for (;;) {
    const { rows } = await sql<EventTable>`
      select stream, seq, district_code, type, at, body, prev, hash from events
      where (stream, seq) > (${stream}, ${seq}::int) order by stream, seq limit ${chunkEvents}`.execute(trx)
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
    stream = last.stream
    seq = last.seq
  }
}

async function verifyClosed(
  trx: Kysely<Database>,
  closed: readonly ClosedStream[],
  heads: Map<string, Head>,
  counts: AuditCounts,
  faults: FaultLog,
): Promise<void> {
  const ids = closed.flatMap(({ incidentId }) => (incidentId === null ? [] : [incidentId]))
  const recorded = await loadRecorded(trx, ids)
  for (const { name, incidentId, tail, rebuilt, registry } of closed) {
    counts.streams += 1
    const found = incidentId === null ? undefined : recorded.get(incidentId)
    const head = incidentId === null ? heads.get(name) : found && headOf(found.row)
    heads.delete(name)
    if (head === undefined) {
      const field = incidentId === null ? 'streams' : 'incidents'
      faults.add({ kind: 'stream', stream: name, seq: tail.seq, field, expected: 'a row', found: 'no row' })
      continue
    }
    compareHead(name, tail, head, faults)
    if (registry !== undefined) addCounts(counts, await compareRegistry(trx, registry, faults))
    if (rebuilt === undefined || found === undefined) continue
    counts.incidents += 1
    addCounts(counts, compareIncident(name, rebuilt, found, faults))
  }
}

/** Adds what was compared of one stream. */
function addCounts(counts: AuditCounts, compared: Readonly<Partial<AuditCounts>>): void {
  counts.deadlines += compared.deadlines ?? 0
  counts.assignments += compared.assignments ?? 0
  counts.breaches += compared.breaches ?? 0
  counts.registryRows += compared.registryRows ?? 0
  counts.registryRowsUntold += compared.registryRowsUntold ?? 0
  counts.commitmentsChecked += compared.commitmentsChecked ?? 0
  counts.commitmentsErased += compared.commitmentsErased ?? 0
}

type Head = Tail

function headOf(row: { head_seq: number; head_hash: Buffer; head_at: number }): Head {
  return { seq: row.head_seq, hash: row.head_hash, at: row.head_at }
}

async function registryHeads(trx: Kysely<Database>): Promise<Map<string, Head>> {
  const rows = await trx.selectFrom('streams').selectAll().orderBy('name').execute()
  return new Map(rows.map((row) => [row.name, headOf(row)]))
}

/** The last event that is there must be the one that the stream's owner remembers. */
function compareHead(stream: string, tail: Tail, head: Head, faults: FaultLog): void {
  const parts = [
    { field: 'head_seq', expected: String(head.seq), found: String(tail.seq) },
    { field: 'head_hash', expected: head.hash.toString('hex'), found: tail.hash.toString('hex') },
    { field: 'head_at', expected: String(head.at), found: String(tail.at) },
  ]
  const part = parts.find(({ expected, found }) => expected !== found)
  if (part !== undefined) faults.add({ kind: 'head', stream, seq: tail.seq, ...part })
}

/** More of them than this need not be counted one by one. */
const orphansMax = 10_000

/** Incidents whose events are all gone. */
async function findWithoutStream(trx: Kysely<Database>, faults: FaultLog): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select id from incidents
    where not exists (select from events where events.stream = 'incident/' || incidents.id)
    order by id limit ${orphansMax}`.execute(trx)
  for (const { id } of rows)
    faults.add({
      kind: 'stream',
      stream: streamOf(id),
      seq: null,
      field: 'events',
      expected: 'events',
      found: 'none',
    })
}
