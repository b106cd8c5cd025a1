import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { ClockStateTable, Database } from '../database/schema.ts'
import type { Instant } from '../domain/instant.ts'
import { instantOut } from '../http/instant-schema.ts'

export const clockView = z
  .object({
    state: z.enum(['sound', 'fault']).meta({ description: 'While there is a fault nothing is breached' }),
    now: instantOut.meta({ description: 'The instant by which is decided' }),
    databaseClock: instantOut.meta({ description: 'What the clock of the database shows' }),
    offsetMs: z
      .int()
      .nullable()
      .meta({ description: 'By how much the clock has left its course; null where it is sound' }),
  })
  .meta({ id: 'Clock', description: 'The clock that decides (时钟)' })

export function viewClock(now: Instant, offsetMs: number | null): z.input<typeof clockView> {
  return { state: offsetMs === null ? 'sound' : 'fault', now, databaseClock: now + (offsetMs ?? 0), offsetMs }
}

/** What is known of the clock. */
export function readClockState(db: Kysely<Database>): Promise<Selectable<ClockStateTable>> {
  return db.selectFrom('clock_state').selectAll().executeTakeFirstOrThrow()
}
