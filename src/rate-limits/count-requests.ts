import { createHmac, randomBytes } from 'node:crypto'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { byteaArray, integerArray } from '../database/array-parameters.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** How long requests are counted together. Each window begins anew, so around its end twice the quota may come at once. */
export const windowMs = 10 * 60 * 1000

/** Requests of one subject under one limit, to be added to what was counted. */
export interface Counted {
  /** The limit's name. */
  readonly limit: string
  /** Whom it is counted for: an address, or the subject of a token. */
  readonly subject: string
  readonly requests: number
}

/**
 * Adds requests to the counts of the present window, in one statement however many subjects there are.
 *
 * What is stored is a hash of the subject with a salt that goes with the window: network addresses are personal data, and
 * nobody can tell them from a row once the salt is gone.
 *
 * @param counted each subject once for each limit
 * @returns each one's count after that, in order
 */
export async function addToCounts(
  db: Kysely<Database>,
  now: Instant,
  counted: readonly Counted[],
): Promise<number[]> {
  const windowNo = windowOf(now)
  const salt = await saltOf(db, windowNo)
  const keyed = counted.map(({ limit, subject, requests }) => {
    const key = createHmac('sha256', salt).update(`${limit}\n${subject}`).digest()
    return { key, name: key.toString('hex'), requests }
  })
  // Sorted, so that two processes that wait for each other's rows do so in one order.
  const sorted = keyed.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const { rows } = await sql<{ key: Buffer; count: number }>`
    insert into rate_counts (key, window_no, count)
    select * from unnest(
      ${byteaArray(sorted.map(({ key }) => key))},
      ${integerArray(sorted.map(() => windowNo))},
      ${integerArray(sorted.map(({ requests }) => requests))}
    )
    on conflict (key) do update set count = rate_counts.count + excluded.count
    returning key, count`.execute(db)
  const counts = new Map(rows.map(({ key, count }) => [key.toString('hex'), count]))
  return keyed.map(({ name, requests }) => counts.get(name) ?? requests)
}

function windowOf(now: Instant): number {
  return Math.floor(now / windowMs)
}

/** The salt of a window: whoever asks first makes it. Read each time, so that all processes use the same one even after a crash. */
async function saltOf(db: Kysely<Database>, windowNo: number): Promise<Buffer> {
  const find = () =>
    db.selectFrom('rate_salts').select('salt').where('window_no', '=', windowNo).executeTakeFirst()
  const found = await find()
  if (found !== undefined) return found.salt
  await db
    .insertInto('rate_salts')
    .values({ window_no: windowNo, salt: randomBytes(32) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { salt } = (await find()) ?? {}
  if (salt === undefined) throw new Error('The salt of this window is gone')
  return salt
}

/** A small bite, so that housekeeping never holds up a deadline. */
const purgeBatch = 1_000

/** Forgets salts and a batch of counts of windows that are over, and returns how many rows there were. */
export async function purgeRateCounts(db: Kysely<Database>, now: Instant): Promise<number> {
  const salts = await db.deleteFrom('rate_salts').where('window_no', '<', windowOf(now)).executeTakeFirst()
  const { numAffectedRows } = await deletionOfCounts(now).execute(db)
  return Number(salts.numDeletedRows + (numAffectedRows ?? 0n))
}

/** Sorted, so that it goes by the index: during a flood nearly all rows are of the present window. */
export function deletionOfCounts(now: Instant): RawBuilder<unknown> {
  return sql`
    delete from rate_counts where ctid = any(array(
      select ctid from rate_counts where window_no < ${windowOf(now)} order by window_no limit ${purgeBatch}))`
}
