import { type Kysely, sql } from 'kysely'
import type { ClockSample } from '../database/clock.ts'
import type { Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'

/**
 * The latest instant of which breaches and registries tell, by their indexes; undefined where nothing proves that the
 * clock has ever been so far, be it because an administrator has accepted that it went back.
 */
export async function findLastRecord(
  db: Kysely<Database>,
  { jumps }: Pick<ClockSample, 'jumps'>,
): Promise<Instant | undefined> {
  const { rows } = await sql<{ last: Instant | null }>`
    select greatest((select max(detected_at) from breaches), (select max(head_at) from streams)) as last`.execute(
    db,
  )
  const last = rows[0]?.last ?? undefined
  const accepted = jumps.some(({ to, byMs }) => byMs < 0 && last !== undefined && last <= to - byMs)
  return accepted ? undefined : last
}
