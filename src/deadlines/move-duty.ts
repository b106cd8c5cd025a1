import { type Kysely, sql, type Transaction } from 'kysely'
import { textArray } from '../database/array-parameters.ts'
import { instant, type Reading } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { claimAndSettle, type SettlingDependencies } from './claim-and-settle.ts'
import { notQuarantined } from './quarantine.ts'

/** Deadlines in one transaction: as many as a batch of what is overdue holds. */
const batchSizeMax = 500
/** Batches of one round, so that a process that wants to stop is not kept; a city's open cases are fewer. */
const batchesMax = 1_000

/** How far duty has followed the tree of areas. */
interface DutyProgress {
  readonly version: number
  readonly followed: number
  /** The number of the oldest transaction that runs. */
  readonly oldest: bigint
}

/**
 * Makes rounds that look at the open cases whose areas have changed, so that duty follows (domain/follow-areas.ts) without
 * anybody's touch. Any number of processes may do so at once. A version of the tree counts as followed once nothing is left
 * to move and every transaction has ended that may have read an earlier one; until then each round looks again.
 *
 * @returns a round, which tells how many cases it has looked at
 */
export function createDutyRounds(
  dependencies: SettlingDependencies,
): (signal?: AbortSignal) => Promise<number> {
  const { db, readClock } = dependencies
  let seen: { readonly version: number; readonly next: bigint } | undefined
  return async (signal) => {
    const progress = await readProgress(db)
    const { version, followed } = progress
    if (version === followed) return 0
    if (seen?.version !== version) seen = { version, next: await nextTransaction(db) }
    const codes = await areasLeft(db, followed)
    const claim = async (trx: Transaction<Database>, { now }: Reading, limit: number) => {
      const owed = await strandedIncidents(trx, codes, now, limit).execute()
      const rows = owed.length > 0 ? owed : await strandedCalls(trx, codes, limit).execute()
      return [...new Set(rows.map(({ id }) => id))]
    }
    let moved = 0
    for (let batch = 0; codes.length > 0 && batch < batchesMax && signal?.aborted !== true; batch += 1) {
      const { claimed } = await claimAndSettle(dependencies, batchSizeMax, claim)
      if (claimed === 0) break
      moved += claimed
    }
    if (progress.oldest >= seen.next && !(await isAnyStranded(db, codes, (await readClock(db)).now)))
      await db
        .updateTable('duty_progress')
        .set({ tree_version: version })
        .where('tree_version', '<', version)
        .execute()
    return moved
  }
}

async function readProgress(db: Kysely<Database>): Promise<DutyProgress> {
  const { rows } = await sql<{ version: number; followed: number; oldest: string }>`
    select area_tree.version, duty_progress.tree_version as followed,
      pg_snapshot_xmin(pg_current_snapshot())::text as oldest
    from area_tree, duty_progress`.execute(db)
  const row = rows[0]
  if (row === undefined) throw new Error('There is no tree of areas')
  return { ...row, oldest: BigInt(row.oldest) }
}

/** A number above those of all transactions that run now; the end of a snapshot may be the number of one that does. */
async function nextTransaction(db: Kysely<Database>): Promise<bigint> {
  const { rows } = await sql<{ next: string }>`select pg_current_xact_id()::text as next`.execute(db)
  return BigInt(rows[0]?.next ?? 0)
}

/** The areas that some area lay under since a version of the tree, and does not lie under now. */
async function areasLeft(db: Kysely<Database>, since: number): Promise<string[]> {
  const { rows } = await sql<{ code: string }>`
    select distinct above.code from area_versions earlier
    join areas on areas.code = earlier.code
    cross join unnest(earlier.path) as above (code)
    where earlier.until_version > ${since} and above.code <> all (areas.path)`.execute(db)
  return rows.map(({ code }) => code)
}

/**
 * The incidents in which one of these areas answers for something and does not stand on the path any more. A test looks at its
 * plan: it reads the live deadlines of these areas and no others.
 */
export function strandedIncidents(
  trx: Kysely<Database>,
  codes: readonly string[],
  now: Instant,
  limit: number,
) {
  return stranded(trx, codes, now)
    .select('incidents.id')
    .limit(sql.lit(limit))
    .forNoKeyUpdate('incidents')
    .skipLocked()
}

/**
 * The incidents in which one of these areas has called somebody who is at work, or is at work for another, and does not stand on
 * the path any more. Its plan too reads no others.
 */
export function strandedCalls(trx: Kysely<Database>, codes: readonly string[], limit: number) {
  return called(trx, codes)
    .select('incidents.id')
    .limit(sql.lit(limit))
    .forNoKeyUpdate('incidents')
    .skipLocked()
}

async function isAnyStranded(db: Kysely<Database>, codes: readonly string[], now: Instant): Promise<boolean> {
  if (codes.length === 0) return false
  const owed = await stranded(db, codes, now).select('incidents.id').limit(1).execute()
  return owed.length > 0 || (await called(db, codes).select('incidents.id').limit(1).execute()).length > 0
}

/** What is overdue is still of whoever let it run out, and is settled elsewhere. */
function stranded(db: Kysely<Database>, codes: readonly string[], now: Instant) {
  return db
    .selectFrom('deadlines')
    .innerJoin('incidents', 'incidents.id', 'deadlines.incident_id')
    .innerJoin('areas', 'areas.code', 'incidents.area_code')
    .where('deadlines.accountable_code', '=', sql<string>`any(${textArray(codes)})`)
    .where('deadlines.state', 'in', [sql.lit('running' as const), sql.lit('paused' as const)])
    .where('deadlines.rung', '<>', 'unit')
    .where(sql<boolean>`deadlines.accountable_code <> all (areas.path)`)
    .where((eb) => eb.or([eb('deadlines.state', '=', 'paused'), eb('deadlines.due_at', '>=', instant(now))]))
    .where(notQuarantined('deadlines'))
}

/** Each arm has an index of its own; areas are called by handing down alone, and few cases are. */
function called(db: Kysely<Database>, codes: readonly string[]) {
  const isOf = (column: 'whistled_by' | 'assignee_code') => {
    const code = sql.ref(`assignments.${column}`)
    return sql<boolean>`${code} = any(${textArray(codes)}) and ${code} <> all (areas.path)`
  }
  return db
    .selectFrom('assignments')
    .innerJoin('incidents', 'incidents.id', 'assignments.incident_id')
    .innerJoin('areas', 'areas.code', 'incidents.area_code')
    .where('assignments.ended_at', 'is', null)
    .where((eb) =>
      eb.or([
        isOf('whistled_by'),
        eb.and([eb('assignments.assignee_kind', '=', 'area'), isOf('assignee_code')]),
      ]),
    )
    .where(notQuarantined('assignments'))
}
