import { type Kysely, sql } from 'kysely'
import type { Database } from '../../src/database/schema.ts'
import type { HeardLive } from '../live-readers.ts'
import { addFinding, type Findings } from './findings.ts'

/**
 * Adds what somebody who listened was not told of although it happened while they did and they may see it, what they were told
 * twice, and what they must not see.
 */
export async function checkToldLive(
  db: Kysely<Database>,
  heard: readonly HeardLive[],
  found: Findings,
): Promise<void> {
  for (const [index, { areaCode, from, to, told }] of heard.entries()) {
    const name = `live reader ${index + 1}, of ${areaCode},`
    if (from === undefined || to === undefined) {
      addFinding(found, `${name} was never told of anything`)
      continue
    }
    // No area that has a case is moved in a run, so who may see it never changes.
    const { rows } = await sql<{ event: string; during: boolean }>`
      select e.stream || ' ' || e.seq as event,
        (commit_order, stream collate "C", seq) > (${from.order}::bigint, ${from.stream}, ${from.seq}::int)
          and (commit_order, stream collate "C", seq) <= (${to.order}::bigint, ${to.stream}, ${to.seq}::int) as during
      from incidents i join areas a on a.code = i.area_code join events e on e.stream = 'incident/' || i.id
      where ${areaCode} = any (a.path)`.execute(db)
    const visible = new Set(rows.map(({ event }) => event))
    for (const { event, during } of rows)
      if (during && !told.has(event)) addFinding(found, `${name} was not told of ${event}`)
    for (const [event, times] of told) {
      if (times > 1) addFinding(found, `${name} was told ${times} times of ${event}`)
      if (!visible.has(event)) addFinding(found, `${name} was told of ${event}, which is none of its area`)
    }
  }
}
