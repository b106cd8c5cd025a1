import { type Kysely, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'
import { digestOf, type Ledger, type LedgerEntry, ledgerKey } from '../ledger.ts'
import { unaskedEvents } from './asked-by-events.ts'
import { addFinding, type Findings, noFindings } from './findings.ts'

/** The ledger against the database, in four columns (after Jepsen). Every one but `recovered` must be empty. */
export interface Account {
  /** Keys under which a client got a 2xx. */
  acknowledged: number
  /** Acknowledged, and not in the database or not with that content. */
  readonly lost: Findings
  /** What one request asked for is there more than once. */
  readonly duplicated: Findings
  /** Stored although the client never got its answer: it may ask again and will be told. */
  recovered: number
  /** Contradicting answers, answers that no client should see, and what is stored and nobody asked for. */
  readonly unexpected: Findings
}

const told = z.looseObject({
  reportId: z.string().optional(),
  event: z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() }),
})
const eventBody = z.looseObject({
  type: z.string(),
  actor: z.looseObject({ id: z.string() }).nullable(),
  occurredAt: z.int().nullable(),
})

interface StoredAnswer {
  readonly principal: string
  readonly key: string
  readonly body: string
  readonly hash: string | null
  readonly event_body: string | null
  /** The report's description or the action's text. */
  readonly text: string | null
}

const pageRows = 1_000

/** Compares everything that clients were told with what is stored, and everything that is stored with what they asked. */
export async function settleAccounts(db: Kysely<Database>, ledger: Ledger): Promise<Account> {
  const account: Account = {
    acknowledged: 0,
    lost: noFindings(),
    duplicated: noFindings(),
    recovered: 0,
    unexpected: noFindings(),
  }
  const stored = new Set<string>()
  for await (const row of storedAnswers(db)) {
    const name = ledgerKey(row.principal, row.key)
    stored.add(name)
    judgeStored(account, ledger.entries.get(name), row)
  }
  for (const [name, entry] of ledger.entries) {
    if (entry.told.length > 0) account.acknowledged += 1
    if (entry.told.length > 0 && !stored.has(name))
      addFinding(account.lost, `${entry.eventType} ${name}: no answer is stored`)
    if (entry.told.length > 1) addFinding(account.unexpected, `two different answers under ${name}`)
    const bodies = new Set(entry.sent.map(({ text }) => text))
    if (entry.refused.has('idempotency_key_reused') && bodies.size < 2)
      addFinding(account.unexpected, `${name} was refused as reused, and only one body was sent`)
  }
  for (const lost of await lostChanges(db, ledger)) addFinding(account.lost, lost)
  for (const [what, times] of ledger.strange) addFinding(account.unexpected, `${times} × ${what}`)
  for (const event of await unexplainedEvents(db))
    addFinding(account.unexpected, `${event} stands behind no stored answer`)
  for (const text of await repeatedTexts(db)) addFinding(account.duplicated, text)
  return account
}

/** Every stored answer with what it says was written, in order of its key. */
async function* storedAnswers(db: Kysely<Database>): AsyncGenerator<StoredAnswer> {
  let after = { principal: '', key: '' }
  for (;;) {
    const { rows } = await sql<StoredAnswer>`
      select k.principal, k.key, k.body, encode(e.hash, 'hex') as hash, e.body as event_body,
        coalesce(r.description, n.text) as text
      from (select principal, key, body, body::json -> 'event' as event,
          case when body::json ->> 'incidentId' is not null then body::json ->> 'reportId' end as report_id
        from idempotency_keys where (principal, key) > (${after.principal}, ${after.key})
          and body::json -> 'event' ->> 'stream' like 'incident/%'
        order by principal, key limit ${pageRows}) as k
      left join events e on e.stream = k.event ->> 'stream' and e.seq = (k.event ->> 'seq')::int
      left join reports r on r.id = k.report_id::uuid
      left join event_notes n on e.stream = 'incident/' || n.incident_id and n.seq = e.seq
        and n.incident_id = substr(k.event ->> 'stream', 10)::uuid
      order by k.principal, k.key`.execute(db)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    after = last
  }
}

function judgeStored(account: Account, entry: LedgerEntry | undefined, row: StoredAnswer): void {
  const name = ledgerKey(row.principal, row.key)
  if (entry === undefined) {
    addFinding(account.unexpected, `${name} is stored and nobody sent it`)
    return
  }
  if (entry.told.length === 0) account.recovered += 1
  // What is wrong with an answer that somebody has been given was lost to them; else it was never to be expected.
  const wrong = (what: string): void =>
    addFinding(
      entry.told.length > 0 ? account.lost : account.unexpected,
      `${entry.eventType} ${name}: ${what}`,
    )
  const { event, reportId } = told.parse(JSON.parse(row.body))
  const digest = digestOf(entry.eventType, row.body)
  if (entry.told.some((each) => each.digest !== digest)) wrong('another answer is stored than was given')
  if (row.event_body === null || row.hash !== event.hash) {
    wrong('its event is not there, or another')
    return
  }
  const written = eventBody.parse(JSON.parse(row.event_body))
  if (written.type !== entry.eventType) wrong(`it became ${written.type}`)
  const actorId = entry.unnamed ? `reporter:${entry.unnamed.of ?? reportId}` : entry.principal
  if (written.actor?.id !== actorId) wrong(`${written.actor?.id ?? 'nobody'} is said to have done it`)
  if (entry.incidentId !== null && event.stream !== `incident/${entry.incidentId}`)
    wrong(`it is in ${event.stream}`)
  const sent = entry.sent.some(
    ({ text, occurredAt }) => text === row.text && occurredAt === written.occurredAt,
  )
  if (!sent) wrong('text or claimed time are not what was sent')
}

/** Changes of registries that an administrator was told of, and that are not there. */
async function lostChanges(db: Kysely<Database>, { changes }: Ledger): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select told.stream || ' ' || told.seq as what
    from unnest(${changes.map(({ stream }) => stream)}::text[], ${changes.map(({ seq }) => seq)}::int[],
      ${changes.map(({ hash }) => hash)}::text[]) as told (stream, seq, hash)
    left join events e on e.stream = told.stream and e.seq = told.seq
    where e.hash is distinct from decode(told.hash, 'hex')`.execute(db)
  return rows.map(({ what }) => `the event ${what} is not there, or another`)
}

const shownMax = 1_000

/** Events that somebody's request must have written, although no stored answer tells of it. */
async function unexplainedEvents(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ event: string }>`
    with explained as (
      select body::json -> 'event' ->> 'stream' as stream, (body::json -> 'event' ->> 'seq')::int as seq
      from idempotency_keys)
    select e.stream || ' ' || e.seq || ' ' || e.type as event from events e
    left join explained x on x.stream = e.stream and x.seq = e.seq
    where e.stream like 'incident/%' and e.type <> all(${unaskedEvents}::text[]) and x.seq is null
    union all
    select e.stream || ' ' || e.seq || ' ' || e.type from events e
    where e.type in ('reports_joined', 'reports_separated') and not exists (select from events other
      where other.stream = 'incident/' || coalesce(e.body::json -> 'changes' -> 'joined' ->> 'incidentId',
          e.body::json -> 'changes' -> 'separated' ->> 'incidentId')
        and other.type = case e.type when 'reports_joined' then 'merged' else 'unmerged' end
        and other.body::json ->> 'at' = e.body::json ->> 'at')
    limit ${shownMax}`.execute(db)
  return rows.map(({ event }) => event)
}

/** No two requests say the same words, so words that are stored twice were stored once too often. */
async function repeatedTexts(db: Kysely<Database>): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`
    select count(*) || ' reports ' || min(id::text) || ' …' as what from reports
    group by description having count(*) > 1
    union all
    select count(*) || ' notes ' || min(incident_id::text) || ' …' from event_notes
    where text is not null group by text having count(*) > 1
    limit ${shownMax}`.execute(db)
  return rows.map(({ what }) => what)
}
