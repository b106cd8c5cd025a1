import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import type { HeardLive } from '../live-readers.ts'
import { addFinding, type Findings } from './findings.ts'

/** Adds what somebody who listened to all cases was not told of although it happened while they did, and what they were told twice. */
export async function checkToldLive(
  db: Kysely<Database>,
  heard: readonly HeardLive[],
  found: Findings,
): Promise<void> {
  for (const [index, { from, to, told }] of heard.entries()) {
    const name = `live reader ${index + 1}`
    if (from === undefined || to === undefined) {
      addFinding(found, `${name} was never told of anything`)
      continue
    }
    const { rows } = await sql<{ event: string }>`
      select stream || ' ' || seq as event from events
      where stream like 'incident/%'
        and (commit_order, stream collate "C", seq) > (${from.order}::bigint, ${from.stream}, ${from.seq}::int)
        and (commit_order, stream collate "C", seq) <= (${to.order}::bigint, ${to.stream}, ${to.seq}::int)`.execute(
      db,
    )
    for (const { event } of rows) if (!told.has(event)) addFinding(found, `${name} was not told of ${event}`)
    for (const [event, times] of told)
      if (times > 1) addFinding(found, `${name} was told ${times} times of ${event}`)
  }
}
