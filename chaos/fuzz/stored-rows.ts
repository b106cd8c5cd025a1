import type pg from 'pg'
import { storedKey } from '../../src/idempotency/request-key.ts'
import type { Failure } from './judge-answer.ts'

/** Something that tells what requests have stored since it was asked last. */
export interface StoredRows {
  /**
   * Compares everything that was stored since the last look with what was accepted since.
   *
   * @param accepted writing requests that were accepted
   * @param unanswered writing requests that may have been accepted, now or a little later: their connection ended without
   *   an answer
   */
  look(accepted: readonly WriteKey[], unanswered?: readonly WriteKey[]): Promise<Failure[]>
}

/** What a stored answer is found by: the token's subject and the client's key. */
export interface WriteKey {
  readonly subject: string
  readonly key: string
}

/**
 * For how long a request without an answer may still store something, in ms: it waits for 2 s at most, and then for a
 * statement or two, which end after 5 s each.
 */
const lingerMs = 15_000

interface TableState {
  /** Rows that transactions before the last look have written. */
  old: number
  /** Rows of each transaction since. */
  fresh: ReadonlyMap<string, number>
}

/**
 * Watches every table of a database through `xmin`, the transaction that wrote a row: a request that was accepted has
 * stored its answer under its key, so each row that is new must come from a transaction that wrote such a key, and
 * nothing that was there before may have changed but by such a transaction. No timer may run meanwhile but the one that
 * bears witness to the clock: it writes to `clock_state` alone, and whoever accepts a clock writes an event as well.
 */
export async function watchStoredRows(pool: pg.Pool): Promise<StoredRows> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I', table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'clock_state' order by 1`,
  )
  let last = await horizon(pool)
  let before = await readStates(pool, tables, last)
  let lingering: { readonly write: WriteKey; readonly until: number }[] = []

  return {
    async look(accepted, unanswered = []) {
      const now = performance.now()
      lingering = [
        ...lingering.filter(({ until }) => until > now),
        ...unanswered.map((write) => ({ write, until: now + lingerMs })),
      ]
      const after = await readStates(pool, tables, last)
      const found = await writersOf(pool, accepted)
      const late = await writersOf(
        pool,
        lingering.map(({ write }) => write),
      )
      const failures = compare(before, after, new Set([...found, ...late]))
      if (found.length !== accepted.length) {
        failures.push({
          kind: 'loses what it accepted',
          detail: `${accepted.length} accepted, ${found.length} answers stored`,
        })
      }
      last = await horizon(pool)
      before = await readStates(pool, tables, last)
      return failures
    },
  }
}

/** The transaction that stored the answer of each write, where there is one. */
async function writersOf(pool: pg.Pool, writes: readonly WriteKey[]): Promise<string[]> {
  const { rows } = await pool.query<{ xid: string }>(
    `select k.xmin::text as xid from unnest($1::text[], $2::text[]) as asked (principal, key)
     join idempotency_keys k on k.principal = asked.principal and k.key = asked.key`,
    [writes.map(({ subject }) => subject), writes.map(({ key }) => storedKey(key))],
  )
  return rows.map(({ xid }) => xid)
}

/** The number of the next transaction. A database of a fuzzer's own is far too young for these to have wrapped around. */
async function horizon(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ next: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as next',
  )
  return rows[0]?.next ?? '0'
}

async function readStates(
  pool: pg.Pool,
  tables: readonly { readonly name: string }[],
  since: string,
): Promise<Map<string, TableState>> {
  const counted = tables.map(
    ({ name }) =>
      `select '${name}' as name, case when xmin::text::bigint >= $1 then xmin::text end as xid, count(*)::int as rows
       from ${name} group by 2`,
  )
  const { rows } = await pool.query<{ name: string; xid: string | null; rows: number }>(
    counted.join(' union all '),
    [since],
  )
  return new Map(
    tables.map(({ name }) => {
      const own = rows.filter((row) => row.name === name)
      return [
        name,
        {
          old: own.find(({ xid }) => xid === null)?.rows ?? 0,
          fresh: new Map(own.flatMap(({ xid, rows }) => (xid === null ? [] : [[xid, rows]]))),
        },
      ]
    }),
  )
}

function compare(
  before: ReadonlyMap<string, TableState>,
  after: ReadonlyMap<string, TableState>,
  explained: ReadonlySet<string>,
): Failure[] {
  const failures: Failure[] = []
  const stored: string[] = []
  for (const [table, { old, fresh }] of after) {
    const unexplained = [...fresh].filter(([xid]) => !explained.has(xid))
    const gone = (before.get(table)?.old ?? 0) - old
    const rewritten = [...fresh].reduce((sum, [, rows]) => sum + rows, 0)
    if (unexplained.length > 0) {
      const rows = unexplained.reduce((sum, [, count]) => sum + count, 0)
      stored.push(`${rows} of ${table}`)
    }
    if (gone > rewritten)
      failures.push({ kind: 'deletes rows', detail: `${gone - rewritten} rows of ${table}` })
  }
  if (stored.length > 0)
    failures.push({
      kind: 'stores on refusal',
      detail: `rows that no accepted request explains: ${stored.join(', ')}`,
    })
  return failures
}
