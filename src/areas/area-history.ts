import { type Kysely, sql } from 'kysely'
import type { Database } from '../database/schema.ts'

/** Versions of one area that an answer holds; an area is changed a few times in its life. */
const versionsMax = 500

/** A succession as a test looks at its plan. */
export function predecessorsQuery(db: Kysely<Database>, code: string) {
  return db
    .selectFrom('area_versions')
    .select((eb) => [
      'code',
      'name',
      eb.fn.min('since_version').as('treeVersion'),
      eb.fn.min('since_at').as('since'),
    ])
    .where('successor_codes', '@>', sql<string[]>`array[${code}]::text[]`)
    .where(sql<boolean>`cardinality(successor_codes) > 0`)
    .groupBy(['code', 'name'])
    .orderBy('code')
    .limit(versionsMax)
}

/**
 * What an area was at any time: its versions, the newest first, and whom it took over from. Incidents and breaches hold the
 * version of the tree and the path of their time, so that they stay readable with it.
 */
export async function findAreaHistory(db: Kysely<Database>, code: string) {
  const rows = await db
    .selectFrom('area_versions as version')
    .leftJoin('area_versions as next', (join) =>
      join.onRef('next.code', '=', 'version.code').onRef('next.since_version', '=', 'version.until_version'),
    )
    .select([
      'version.since_version as treeVersion',
      'version.since_at as since',
      'next.since_at as until',
      'version.name',
      'version.kind',
      'version.parent_code as parentCode',
      'version.path',
      'version.retired',
      'version.successor_codes as successorCodes',
    ])
    .where('version.code', '=', code)
    .orderBy('version.since_version', 'desc')
    .limit(versionsMax)
    .execute()
  if (rows.length === 0) return undefined
  return { code, versions: rows, predecessors: await predecessorsQuery(db, code).execute() }
}
