import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Database } from '../src/database/schema.ts'
import type { Ledger } from './ledger.ts'

/** The ledger against the database, in four columns (after Jepsen). Every one but `recovered` must be empty. */
export interface Account {
  readonly acknowledged: number
  /** Acknowledged, and not in the database or not with that content. */
  readonly lost: string[]
  /** Stored more than once for one key. */
  readonly duplicated: string[]
  /** Stored although the client never got its answer: it may ask again and will be told. */
  readonly recovered: number
  /** Contradicting answers, and answers that no client should see. */
  readonly unexpected: string[]
}

/** Compares everything that clients were told with what is stored. */
export async function settleAccounts(db: Kysely<Database>, ledger: Ledger): Promise<Account> {
  const lost: string[] = []
  const entries = [...ledger.acknowledged.values()]
  for (let first = 0; first < entries.length; first += 1_000) {
    const slice = entries.slice(first, first + 1_000)
    const { rows } = await sql<{ key: string }>`
      select told.key
      from unnest(
        ${slice.map(({ key }) => key)}::text[],
        ${slice.map(({ stream }) => stream)}::text[],
        ${slice.map(({ seq }) => seq)}::int[],
        ${slice.map(({ hash }) => hash)}::text[],
        ${slice.map(({ body }) => body)}::text[]
      ) as told (key, stream, seq, hash, body)
      left join events on events.stream = told.stream and events.seq = told.seq
        and encode(events.hash, 'hex') = told.hash
      left join idempotency_keys on idempotency_keys.key = told.key and idempotency_keys.body = told.body
      where events.seq is null or idempotency_keys.key is null`.execute(db)
    lost.push(...rows.map(({ key }) => key))
  }
  const reports = entries.filter(({ kind }) => kind === 'report').length
  const { rows: counted } = await sql<{ keys: number; reports: number; incidents: number; twice: number }>`
    select (select count(*)::int from idempotency_keys where body like '{"reportId"%') as keys,
      (select count(*)::int from reports) as reports,
      (select count(*)::int from incidents) as incidents,
      (select count(*)::int from (select incident_id from reports group by 1 having count(*) > 1) as many) as twice`.execute(
    db,
  )
  const count = counted[0]
  if (count === undefined) throw new Error('Counting returned nothing')
  const duplicated: string[] = []
  if (count.reports !== count.keys || count.incidents !== count.keys || count.twice > 0) {
    duplicated.push(`${count.keys} keys, ${count.reports} reports, ${count.incidents} incidents`)
  }
  return {
    acknowledged: entries.length,
    lost,
    duplicated,
    recovered: count.reports - reports,
    unexpected: [
      ...ledger.contradictions.map((key) => `two answers under the key ${key}`),
      ...[...ledger.unexpected].map(([what, times]) => `${times} × ${what}`),
    ],
  }
}
