import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/schema.ts'

/** What an event of the stream `clock` tells (docs/audit-format.md, When the clock was wrong). */
const findingSchema = z.object({
  type: z.enum(['clock_fault_found', 'clock_fault_cleared', 'clock_accepted']),
  at: z.int(),
  clockAt: z.int(),
  offsetMs: z.int().nullable(),
})

/** What was found out about the clock, or accepted: by which instant was decided then, and what the clock showed. */
export type ClockFinding = z.output<typeof findingSchema> & { readonly seq: number }

/** The last findings about the clock, the latest first. More may stand in the audit trail. */
export async function findClockFindings(db: Kysely<Database>, limit: number): Promise<ClockFinding[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'body'])
    .where('stream', '=', 'clock')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ seq, body }) => ({ seq, ...findingSchema.parse(JSON.parse(body)) }))
}
