import { type Kysely, sql, type Transaction } from 'kysely'
import { inBatches } from '../batches/in-batches.ts'
import { toTimestamp } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/** What a row said from an instant on. It holds no personal data, so it is kept for ever. */
export interface RowVersion {
  readonly key: string
  readonly revision: number
  readonly facts: object
}

const batchSizeMax = 5_000

/** Keeps what rows say from now on. */
export async function insertRowVersions(
  trx: Transaction<Database>,
  registry: string,
  since: Instant,
  versions: readonly RowVersion[],
): Promise<void> {
  for (const batch of inBatches(versions, batchSizeMax)) {
    await sql`
      insert into registry_versions (registry, key, revision, since, facts)
      select ${registry}, key, revision, ${toTimestamp(since)}::timestamptz, facts
      from json_to_recordset(${JSON.stringify(batch)}::json) as given (key text, revision integer, facts json)
    `.execute(trx)
  }
}

/** A page of what a row has said, the newest first; `until` is when the next version came. */
export async function listRowVersions(
  db: Kysely<Database>,
  {
    registry,
    key,
    before,
    limit,
  }: { registry: string; key: string; before: number | undefined; limit: number },
) {
  let select = db
    .selectFrom('registry_versions as version')
    .select((eb) => [
      'revision',
      'since',
      'facts',
      eb
        .selectFrom('registry_versions as next')
        .select('next.since')
        .whereRef('next.registry', '=', 'version.registry')
        .whereRef('next.key', '=', 'version.key')
        .whereRef('next.revision', '=', sql`version.revision + 1`)
        .as('until'),
    ])
    .where('registry', '=', registry)
    .where('key', '=', key)
  if (before !== undefined) select = select.where('revision', '<', before)
  const rows = await select
    .orderBy('revision', 'desc')
    .limit(limit + 1)
    .execute()
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? items.at(-1) : undefined }
}
