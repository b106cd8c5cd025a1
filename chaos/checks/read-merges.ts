import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'

/** For each case that was ever merged with another one, a name of all those that it hangs together with. */
export async function readMerges(db: Kysely<Database>): Promise<Map<string, string>> {
  const { rows } = await sql<{ merged: string; survivor: string }>`
    select distinct substr(stream, 10) as merged, body::json -> 'changes' ->> 'mergedInto' as survivor
    from events where stream like 'incident/%' and body like '%"mergedInto"%'`.execute(db)
  const groupOf = new Map<string, string>()
  for (const { merged, survivor } of rows) {
    const joined = new Set([merged, survivor].map((id) => groupOf.get(id) ?? id))
    for (const [id, group] of groupOf) if (joined.has(group)) groupOf.set(id, survivor)
    for (const id of [merged, survivor]) groupOf.set(id, survivor)
  }
  return groupOf
}
