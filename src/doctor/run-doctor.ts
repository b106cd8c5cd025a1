import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { ReadClock } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import type { Wording } from '../wording/wording.ts'
import { checkSettings, type SettingCheck } from './database-settings.ts'
import type { Finding } from './invariant.ts'
import { invariants } from './invariants.ts'
import { workForPeople } from './work-for-people.ts'

/** The rows that should not be there. */
interface Found {
  /** How many there are; `rows` shows the first of them. */
  readonly count: number
  readonly rows: readonly Readonly<Record<string, unknown>>[]
}

/** What came of looking for something. */
export interface FindingCheck extends Found {
  readonly name: string
  readonly title: Wording
  readonly ok: boolean
  /** Why it could not be checked; null where it was. */
  readonly error: string | null
}

export interface InvariantCheck extends FindingCheck {
  readonly number: number
}

export interface Diagnosis {
  /** Every invariant holds, every setting is right, and everything could be looked at. Warnings do not count. */
  readonly ok: boolean
  readonly at: Instant
  readonly checks: readonly InvariantCheck[]
  /** What waits for a person to see to it. */
  readonly warnings: readonly FindingCheck[]
  readonly settings: readonly SettingCheck[]
}

const rowsShownMax = 20
/** Texts of some hundred bytes each. */
const judgedAtOnce = 2_000
/** A check may read a whole table, and nobody waits for it but who called it. */
const statementTimeout = '10min'

/** Checks every invariant and what durability depends on, and names what waits for people. It changes nothing and locks nothing. */
export async function runDoctor({
  db,
  readClock,
}: {
  readonly db: Kysely<Database>
  readonly readClock: ReadClock
}): Promise<Diagnosis> {
  const { now: at } = await readClock(db)
  const checks: InvariantCheck[] = []
  for (const invariant of invariants) {
    checks.push({ ...(await check(db, invariant, at)), number: invariant.number })
  }
  const warnings: FindingCheck[] = []
  for (const work of workForPeople) warnings.push(await check(db, work, at))
  const settings = await checkSettings(db)
  const ok =
    checks.every((each) => each.ok) &&
    warnings.every(({ error }) => error === null) &&
    settings.every((each) => each.ok)
  return { ok, at, checks, warnings, settings }
}

/** Each in a transaction of its own: one that fails takes no other with it. */
async function check(db: Kysely<Database>, finding: Finding, now: Instant): Promise<FindingCheck> {
  const { name, title, judge } = finding
  try {
    const { count, rows } = await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (trx) => {
        await sql`select set_config('statement_timeout', ${statementTimeout}, true)`.execute(trx)
        const found = finding.violations(now)
        return judge === undefined ? countFound(trx, found) : judgeFound(trx, found, judge)
      })
    return { name, title, ok: count === 0, count, rows, error: null }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { name, title, ok: false, count: 0, rows: [], error: reason }
  }
}

async function countFound(trx: Transaction<Database>, found: RawBuilder<unknown>): Promise<Found> {
  // Materialized, so that it is planned for every row: what the fastest plan for the first few would be, a join by
  // nested loops for instance, takes hours over a table in which there is none.
  const { rows } = await sql<{ total: number; row: Record<string, unknown> }>`
    with violation as materialized (${found})
    select (select count(*) from violation) as total, to_jsonb(violation) as row
    from violation limit ${rowsShownMax}`.execute(trx)
  return { count: rows[0]?.total ?? 0, rows: rows.map(({ row }) => row) }
}

/** Some at a time, so that a table larger than the memory can be looked at. */
async function judgeFound(
  trx: Transaction<Database>,
  found: RawBuilder<unknown>,
  judge: NonNullable<Finding['judge']>,
): Promise<Found> {
  await sql`declare found no scroll cursor for ${found}`.execute(trx)
  const shown: Readonly<Record<string, unknown>>[] = []
  let count = 0
  for (;;) {
    const { rows } = await sql`fetch ${sql.lit(judgedAtOnce)} from found`.execute(trx)
    if (rows.length === 0) return { count, rows: shown }
    for (const row of rows) {
      const wrong = judge(row)
      if (wrong === undefined) continue
      count += 1
      if (shown.length < rowsShownMax) shown.push(wrong)
    }
  }
}
