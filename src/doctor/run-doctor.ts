import { type Kysely, sql } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { Wording } from '../http/wording.ts'
import { checkSettings, type SettingCheck } from './database-settings.ts'
import type { Invariant } from './invariant.ts'
import { invariants } from './invariants.ts'

export interface InvariantCheck {
  readonly name: string
  readonly number: number | null
  readonly title: Wording
  /** It read a whole table to find out. */
  readonly readsAll: boolean
  readonly ok: boolean
  /** How many rows break it; `rows` shows the first of them. */
  readonly count: number
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Why it could not be checked; null where it was. */
  readonly error: string | null
}

export interface Diagnosis {
  readonly ok: boolean
  readonly at: Instant
  readonly checks: readonly InvariantCheck[]
  readonly settings: readonly SettingCheck[]
}

const rowsShownMax = 20
/** A check may read a whole table, and nobody waits for it but who called it. */
const statementTimeout = '10min'

/** Checks every invariant and what durability depends on. It changes nothing and locks nothing. */
export async function runDoctor({
  db,
  readClock,
}: {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}): Promise<Diagnosis> {
  const at = await readClock(db)
  const checks: InvariantCheck[] = []
  for (const invariant of invariants) checks.push(await check(db, invariant, at))
  const settings = await checkSettings(db)
  const ok = checks.every((each) => each.ok) && settings.every((each) => each.ok)
  return { ok, at, checks, settings }
}

/** Each in a transaction of its own: one that fails takes no other with it. */
async function check(db: Kysely<Database>, invariant: Invariant, now: Instant): Promise<InvariantCheck> {
  const { name, number, title, readsAll } = invariant
  const checked = { name, number, title, readsAll }
  try {
    const rows = await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (trx) => {
        await sql`select set_config('statement_timeout', ${statementTimeout}, true)`.execute(trx)
        const found = await sql<{ total: number; row: Record<string, unknown> }>`
          select count(*) over () as total, to_jsonb(violation) as row
          from (${invariant.violations(now)}) as violation limit ${rowsShownMax}`.execute(trx)
        return found.rows
      })
    const count = rows[0]?.total ?? 0
    return { ...checked, ok: count === 0, count, rows: rows.map(({ row }) => row), error: null }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ...checked, ok: false, count: 0, rows: [], error: reason }
  }
}
