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
  look(accepted: readonly Write[], unanswered?: readonly Write[]): Promise<Failure[]>
}

export type Write = WriteKey | KeylessWrite

/** What a stored answer is found by: the token's subject and the client's key. */
export interface WriteKey {
  readonly subject: string
  readonly key: string
}

/** A write whose answer is not kept, because doing it twice does no more than once: it says so in the registry's stream. */
export interface KeylessWrite {
  readonly subject: string
  /** Undefined for that of any registry. */
  readonly registry: string | undefined
}

/**
 * Tables that no request writes which is about them, so that no accepted one explains their rows.
 *
 * `clock_state`: whoever reads the clock bears witness to it every two seconds, and whoever accepts a clock writes an event
 * as well. `rate_counts` and `rate_salts`: what counts requests counts those too that are refused, in a statement of its own
 * that a refusal must not take back, and for those who are logged in by tens. `board_cases`,
 * `board_counts`, `board_progress` and `search_texts`: whoever reads the board brings them up to what others have stored; they hold nothing that the other tables
 * do not, and `whistle doctor` compares them in the end.
 */
const beside: readonly string[] = [
  'clock_state',
  'rate_counts',
  'rate_salts',
  'board_cases',
  'board_counts',
  'board_progress',
  'search_texts',
]

/** Tables whose rows go when what they are about is over: an alarm that has become needless. */
const deletable: readonly string[] = ['alarms']

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
 * nothing that was there before may have changed but by such a transaction. A change of a registry without a key explains one
 * transaction that wrote an event of that registry in its caller's name. No timer may run meanwhile but the one that bears
 * witness to the clock.
 */
export async function watchStoredRows(pool: pg.Pool): Promise<StoredRows> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I', table_name) as name from information_schema.tables
     where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> all($1::text[]) order by 1`,
    [beside],
  )
  let last = await horizon(pool)
  let before = await readStates(pool, tables, last)
  let lingering: { readonly write: Write; readonly until: number }[] = []

  return {
    async look(accepted, unanswered = []) {
      const now = performance.now()
      lingering = [
        ...lingering.filter(({ until }) => until > now),
        ...unanswered.map((write) => ({ write, until: now + lingerMs })),
      ]
      const after = await readStates(pool, tables, last)
      const late = lingering.map(({ write }) => write)
      const keyed = accepted.filter(hasKey)
      const found = await writersOf(pool, keyed)
      const explained = new Set([...found, ...(await writersOf(pool, late.filter(hasKey)))])
      const keyless = [...accepted, ...late].flatMap((write) => (hasKey(write) ? [] : [write]))
      if (keyless.length > 0)
        for (const xid of await keylessWriters(pool, { since: last, keyless, explained })) explained.add(xid)
      const failures = compare(before, after, explained, await readTypes(pool, last))
      if (found.length !== keyed.length) {
        failures.push({
          kind: 'loses what it accepted',
          detail: `${keyed.length} accepted, ${found.length} answers stored`,
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

function hasKey(write: Write): write is WriteKey {
  return 'key' in write
}

/** Transactions that changed a registry under no key, each by one of those who did so. */
async function keylessWriters(
  pool: pg.Pool,
  {
    since,
    keyless,
    explained,
  }: {
    readonly since: string
    readonly keyless: readonly KeylessWrite[]
    readonly explained: ReadonlySet<string>
  },
): Promise<string[]> {
  const { rows } = await pool.query<{ xid: string; registry: string; subject: string }>(
    `select distinct xmin::text as xid, stream as registry, body::json -> 'actor' ->> 'id' as subject from events
     where xmin::text::bigint >= $1 and stream not like 'incident/%'`,
    [since],
  )
  // Those that may have been about any registry explain what is left.
  const left = keyless.toSorted((a, b) => Number(a.registry === undefined) - Number(b.registry === undefined))
  return rows.flatMap(({ xid, registry, subject }) => {
    if (explained.has(xid)) return []
    const index = left.findIndex(
      (write) => write.subject === subject && (write.registry ?? registry) === registry,
    )
    if (index < 0) return []
    left.splice(index, 1)
    return [xid]
  })
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

/** The events of each transaction since an instant, for people. */
async function readTypes(pool: pg.Pool, since: string): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ xid: string; types: string }>(
    `select xmin::text as xid, string_agg(type || ' by ' || coalesce(body::json -> 'actor' ->> 'id', 'nobody'), ' and ') as types
     from events where xmin::text::bigint >= $1 group by 1`,
    [since],
  )
  return new Map(rows.map(({ xid, types }) => [xid, types]))
}

function compare(
  before: ReadonlyMap<string, TableState>,
  after: ReadonlyMap<string, TableState>,
  explained: ReadonlySet<string>,
  types: ReadonlyMap<string, string>,
): Failure[] {
  const failures: Failure[] = []
  const stored: string[] = []
  const told = new Set<string>()
  for (const [table, { old, fresh }] of after) {
    const unexplained = [...fresh].filter(([xid]) => !explained.has(xid))
    const gone = (before.get(table)?.old ?? 0) - old
    const rewritten = [...fresh].reduce((sum, [, rows]) => sum + rows, 0)
    if (unexplained.length > 0) {
      const rows = unexplained.reduce((sum, [, count]) => sum + count, 0)
      stored.push(`${rows} of ${table}`)
      for (const [xid] of unexplained) told.add(types.get(xid) ?? 'no event')
    }
    if (gone > rewritten && !deletable.includes(table))
      failures.push({ kind: 'deletes rows', detail: `${gone - rewritten} rows of ${table}` })
  }
  if (stored.length > 0)
    failures.push({
      kind: 'stores on refusal',
      detail: `rows that no accepted request explains: ${stored.join(', ')} (${[...told].join(', ')})`,
    })
  return failures
}
